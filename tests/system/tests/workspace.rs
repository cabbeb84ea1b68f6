//! The import rule of ARCHITECTURE.md, read from the manifests.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Direct, normal dependencies of every workspace member, by name.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package
                .dependencies
                .iter()
                .filter(|d| d.kind == DependencyKind::Normal);
            (
                package.name.to_string(),
                normal.map(|d| d.name.clone()).collect(),
            )
        })
        .collect()
}

#[test]
fn imports_go_one_way() {
    let imports = imports();
    let members: BTreeSet<_> = imports.keys().cloned().collect();
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("sparkcentral", &[][..]),
        ("conversation", &["sparkcentral"]),
        ("sparkcentral-client", &["sparkcentral"]),
        ("egress", &[]),
        ("aws-access", &[]),
        ("bots", &["conversation", "egress", "sparkcentral"]),
        ("telemetry", &[]),
        (
            "platform",
            &["aws-access", "conversation", "sparkcentral", "telemetry"],
        ),
        (
            "agent-client",
            &["conversation", "platform", "sparkcentral-client"],
        ),
        ("exports", &[]),
        ("export-tables", &["exports"]),
        ("sftp", &[]),
        ("lake", &["aws-access", "exports", "telemetry"]),
        ("export-sync", &["exports", "lake", "sftp", "telemetry"]),
        (
            "export-load",
            &["export-tables", "exports", "lake", "telemetry"],
        ),
        (
            "webhook-intake",
            &["bots", "conversation", "platform", "sparkcentral"],
        ),
        (
            "bot-turn",
            &["bots", "conversation", "platform", "sparkcentral"],
        ),
        (
            "conversation-api",
            &["conversation", "platform", "sparkcentral"],
        ),
        (
            "reply-sender",
            &[
                "agent-client",
                "conversation",
                "platform",
                "egress",
                "sparkcentral",
                "sparkcentral-client",
            ],
        ),
        (
            "handover",
            &[
                "agent-client",
                "conversation",
                "platform",
                "sparkcentral",
                "sparkcentral-client",
            ],
        ),
        (
            "sparkbridge",
            &[
                "agent-client",
                "bots",
                "conversation",
                "export-tables",
                "exports",
                "lake",
                "platform",
                "sftp",
                "sparkcentral",
                "sparkcentral-client",
            ],
        ),
        (
            "reference",
            &["conversation", "conversation-api", "exports"],
        ),
        ("sftp-server", &[]),
        ("simulator", &[]),
        ("local-stack", &["sftp-server", "simulator"]),
        ("chaos", &["local-stack", "sftp-server"]),
        (
            "hostile",
            &[
                "bots",
                "conversation",
                "export-tables",
                "exports",
                "sftp",
                "sparkcentral",
            ],
        ),
        (
            "benchmarks",
            &["export-tables", "exports", "sftp", "sftp-server"],
        ),
        ("system-tests", &["exports", "local-stack"]),
    ]);
    for (member, dependencies) in &imports {
        let own: BTreeSet<_> = dependencies
            .intersection(&members)
            .map(String::as_str)
            .collect();
        let may = allowed
            .get(member.as_str())
            .unwrap_or_else(|| panic!("{member} has no rule here"));
        let may: BTreeSet<_> = may.iter().copied().collect();
        let more: Vec<_> = own.difference(&may).collect();
        assert!(more.is_empty(), "{member} may not import {more:?}");
    }
}

#[test]
fn pure_crates_know_no_runtime_no_http_and_no_aws() {
    let imports = imports();
    for pure in ["sparkcentral", "conversation", "exports", "export-tables"] {
        for dependency in &imports[pure] {
            let impure = ["tokio", "reqwest", "hyper", "axum", "lambda", "aws"];
            let found = impure
                .iter()
                .find(|prefix| dependency.starts_with(**prefix));
            assert_eq!(found, None, "{pure} must not import {dependency}");
        }
    }
}
