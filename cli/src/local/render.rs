//! A stack for people, for shells and as JSON.

use serde_json::{Value, json};

use super::checkout::Checkout;
use super::stack::{Description, Sftp, State};

/// The lines behind `up`: where to look first.
pub(super) fn up(checkout: &Checkout, name: &str, state: &State) -> String {
    match state {
        State::Serving { description, .. } => format!(
            "{}\n\n{}{}",
            description.workspace_url(),
            rest(checkout, name, description),
            how(name)
        ),
        _ => status(checkout, name, state),
    }
}

pub(super) fn status(checkout: &Checkout, name: &str, state: &State) -> String {
    match state {
        State::Down => "the local stack does not run: `sparkbridge local up`\n".to_owned(),
        State::Starting { process } => format!(
            "the local stack is starting as process {process}; log: {}\n",
            checkout.logs(name).display()
        ),
        State::Serving {
            process,
            description,
        } => format!(
            "the local stack serves as process {process}\n\nworkspace  {}\n{}{}{}",
            description.workspace_url(),
            rest(checkout, name, description),
            how(name),
            exports(description)
        ),
    }
}

fn rest(checkout: &Checkout, name: &str, description: &Description) -> String {
    let Sftp { host, port, user } = &description.sftp;
    format!(
        "API        {}\n\
         AWS        {}\n\
         exports    sftp://{user}@{host}:{port}\n\
         agent      {}\n\
         logs       {}\n",
        description.api_url,
        description.aws.endpoint_url,
        description.agent,
        checkout.logs(name).display(),
    )
}

/// What to do with it.
fn how(name: &str) -> String {
    let named = match name {
        "stack" => String::new(),
        name => format!(" --name {name}"),
    };
    format!(
        "\nlead this shell to it:  eval \"$(sparkbridge local status --shell{named})\"\n\
         stop it:                sparkbridge local down{named}\n"
    )
}

fn exports(description: &Description) -> String {
    format!("\n{}", shell(description))
}

/// Lines for `eval`. What would lead elsewhere is unset.
pub(super) fn shell(description: &Description) -> String {
    let lines = description
        .environment()
        .map(|(variable, value)| format!("export {variable}={}\n", quoted(value)));
    format!("unset AWS_PROFILE AWS_SESSION_TOKEN\n{}", lines.concat())
}

/// A word of the shell: nothing in it is expanded.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

pub(super) fn as_json(checkout: &Checkout, name: &str, state: &State) -> Value {
    let mut told = json!({
        "name": name,
        "state": match state {
            State::Down => "down",
            State::Starting { .. } => "starting",
            State::Serving { .. } => "serving",
        },
        "process": state.process(),
        "logs": checkout.logs(name),
    });
    if let State::Serving { description, .. } = state {
        told["workspace_url"] = description.workspace_url().into();
        told["api_url"] = description.api_url.as_str().into();
        told["aws_endpoint_url"] = description.aws.endpoint_url.as_str().into();
        told["sftp"] = json!(description.sftp);
        told["agent"] = description.agent.as_str().into();
        told["environment"] = description
            .environment()
            .into_iter()
            .map(|(variable, value)| (variable.to_owned(), Value::from(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::stack::Aws;
    use super::*;

    fn description() -> Description {
        Description {
            aws: Aws {
                endpoint_url: "http://127.0.0.1:4566".into(),
                region: "eu-west-1".into(),
            },
            stage: "local".into(),
            agent: "demo".into(),
            api_url: "http://127.0.0.1:4566/_aws/execute-api/abc".into(),
            simulator_url: "http://127.0.0.1:8800".into(),
            sftp: Sftp {
                host: "127.0.0.1".into(),
                port: 2222,
                user: "sparkbridge".into(),
            },
        }
    }

    fn checkout() -> Checkout {
        // The tests' own sources are one.
        Checkout::find().unwrap()
    }

    #[test]
    fn the_workspace_is_the_first_thing_that_up_prints() {
        let state = State::Serving {
            process: 7,
            description: description(),
        };
        let text = up(&checkout(), "stack", &state);
        assert_eq!(text.lines().next(), Some("http://127.0.0.1:8800/workspace"));
        assert!(
            text.contains("eval \"$(sparkbridge local status --shell)\""),
            "{text}"
        );
        let named = up(&checkout(), "other", &state);
        assert!(
            named.contains("sparkbridge local down --name other"),
            "{named}"
        );
    }

    #[test]
    fn a_shell_gets_one_assignment_a_line_and_nothing_that_it_would_expand() {
        let mut description = description();
        description.stage = "it's $HOME".into();
        assert_eq!(
            shell(&description),
            "unset AWS_PROFILE AWS_SESSION_TOKEN\n\
             export AWS_ENDPOINT_URL=http://127.0.0.1:4566\n\
             export AWS_REGION=eu-west-1\n\
             export AWS_ACCESS_KEY_ID=test\n\
             export AWS_SECRET_ACCESS_KEY=test\n\
             export SPARKBRIDGE_STAGE='it'\\''s $HOME'\n\
             export SPARKBRIDGE_API_URL=http://127.0.0.1:4566/_aws/execute-api/abc\n"
        );
    }

    #[test]
    fn each_state_is_told_to_people_and_to_programs() {
        let serving = State::Serving {
            process: 7,
            description: description(),
        };
        for (state, text, name) in [
            (State::Down, "does not run: `sparkbridge local up`", "down"),
            (
                State::Starting { process: 7 },
                "starting as process 7",
                "starting",
            ),
            (
                serving,
                "workspace  http://127.0.0.1:8800/workspace\n",
                "serving",
            ),
        ] {
            let told = status(&checkout(), "stack", &state);
            assert!(told.contains(text), "{told}");
            let json = as_json(&checkout(), "stack", &state);
            assert_eq!(json["state"], name);
            assert_eq!(json["environment"].is_object(), name == "serving");
        }
    }
}
