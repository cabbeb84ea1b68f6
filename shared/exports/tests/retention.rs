//! How long tables are kept: the template against the definition.

use exports::EXPORTS;

/// `user_presence` as `UserPresence`.
fn camel(table: &str) -> String {
    table
        .split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_uppercase(), rest.to_owned()]
        })
        .collect()
}

#[test]
fn every_table_has_a_retention_of_its_own_which_is_for_ever_unless_said() {
    let template = include_str!("../../../infra/exports.yaml");
    let page = include_str!("../../../docs/privacy.md");
    for table in EXPORTS.iter().map(|export| export.table).chain(["rejects"]) {
        let name = camel(table);
        let parts = [
            format!("  {name}RetentionDays:\n"),
            format!("  {name}Expire: !Not [!Equals [!Ref {name}RetentionDays, 0]]\n"),
            format!(
                "          - !If\n            - {name}Expire\n            - {{ Id: {table}, Status: Enabled, \
                 Prefix: tables/{table}/, ExpirationInDays: !Ref {name}RetentionDays }}\n            \
                 - !Ref AWS::NoValue\n"
            ),
        ];
        for part in parts {
            assert!(template.contains(&part), "{part} is not in the template");
        }
        let parameter = template.split(&format!("  {name}RetentionDays:\n")).nth(1);
        let parameter = parameter.and_then(|text| text.split("MinValue").next());
        assert!(
            parameter.is_some_and(|text| text.contains("Default: 0\n")),
            "{table}"
        );
        assert!(page.contains(&format!("`{name}RetentionDays`")), "{table}");
    }
}
