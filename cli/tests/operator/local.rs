//! `sparkbridge local` without a stack: what it says where nothing runs, where nothing can, and where what
//! is started ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{Machine, misused, refusal};

/// A folder that looks like a checkout.
struct Sources(PathBuf);

impl Sources {
    fn new(machine: &Machine) -> Self {
        let root = machine.home.path().join("checkout");
        for mark in [
            "Cargo.toml",
            "Makefile",
            "infra/template.yaml",
            "tests/local-stack/Cargo.toml",
        ] {
            write(&root.join(mark), "");
        }
        Self(root)
    }

    /// In place of the stack.
    fn stack(&self, script: &str) {
        let program = self.0.join("target/debug/local-stack");
        write(&program, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, machine: &Machine, arguments: &[&str]) -> Output {
        let mut command = machine.command(env!("CARGO_BIN_EXE_sparkbridge"), arguments);
        command.current_dir(self.0.join("infra")).output().unwrap()
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_stack_that_does_not_run_is_said_so_by_every_command() {
    let machine = Machine::bare();
    let sources = Sources::new(&machine);
    let told = |arguments: &[&str]| {
        let output = sources.run(&machine, arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        told(&["local", "status"]),
        "the local stack does not run: `sparkbridge local up`\n"
    );
    assert_eq!(told(&["local", "down"]), "the local stack does not run\n");
    let status: Value = serde_json::from_str(&told(&["local", "status", "--json"])).unwrap();
    assert_eq!(
        (&status["state"], &status["process"]),
        (&"down".into(), &Value::Null)
    );
    let stopped: Value = serde_json::from_str(&told(&["local", "down", "--json"])).unwrap();
    assert_eq!(stopped["stopped"], false);

    let arguments = ["local", "status", "--shell"];
    let output = sources.run(&machine, &arguments);
    assert!(output.stdout.is_empty(), "a shell would do what it says");
    let said = refusal(&arguments, &output);
    assert_eq!(said, "the local stack does not run: `sparkbridge local up`");
}

#[test]
fn a_stack_that_ends_at_once_is_told_with_its_last_words_and_its_log() {
    let machine = Machine::bare();
    let sources = Sources::new(&machine);
    sources.stack("echo begun; echo 'local-stack: the emulator is not installed' >&2; exit 1");
    let arguments = ["local", "up", "--no-build", "--name", "short"];
    let output = sources.run(&machine, &arguments);
    let said = refusal(&arguments, &output);
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(
        said.contains("local-stack: the emulator is not installed"),
        "{said}"
    );
    let log = sources.0.join(".local/logs/short/stack.log");
    assert!(said.ends_with(log.to_str().unwrap()), "{said}");
    assert!(fs::read_to_string(log).unwrap().starts_with("begun\n"));
}

#[test]
fn a_stack_that_is_not_built_is_said_so_and_a_build_that_fails_is_quoted() {
    let machine = Machine::bare();
    let sources = Sources::new(&machine);
    let arguments = ["local", "up", "--no-build"];
    let said = refusal(&arguments, &sources.run(&machine, &arguments));
    assert!(
        said.contains("`make build`, or leave --no-build out"),
        "{said}"
    );

    write(
        &sources.0.join("Makefile"),
        "build:\n\t@echo it can not be built; exit 1\n",
    );
    let arguments = ["local", "up"];
    let said = refusal(&arguments, &sources.run(&machine, &arguments));
    assert!(said.starts_with("`make build` failed: "), "{said}");
    assert!(said.ends_with(".local/logs/stack/build.log"), "{said}");
}

#[test]
fn outside_of_a_checkout_one_line_says_so() {
    let machine = Machine::bare();
    // Beside its checkout, the program would find it.
    let program = machine.home.path().join("sparkbridge");
    fs::copy(env!("CARGO_BIN_EXE_sparkbridge"), &program).unwrap();
    for command in ["up", "down", "status"] {
        let arguments = ["local", command];
        let mut command = machine.command(program.to_str().unwrap(), &arguments);
        let output = command.current_dir(machine.home.path()).output().unwrap();
        let said = refusal(&arguments, &output);
        assert!(
            said.starts_with("no checkout of Sparkbridge is here"),
            "{said}"
        );
    }
}

#[test]
fn a_name_that_would_leave_its_folder_and_two_forms_at_once_are_refused() {
    let said = misused(&["local", "status", "--name", "../x"]);
    assert!(said.contains("letters, digits"), "{said}");
    let said = misused(&["local", "status", "--shell", "--json"]);
    assert!(said.contains("--json"), "{said}");
}
