use std::collections::BTreeSet;

use super::*;

fn parsed() -> Value {
    serde_json::from_str(&document()).unwrap()
}

#[test]
fn every_reference_leads_somewhere() {
    fn look(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    let place = to.strip_prefix('#').unwrap();
                    assert!(document.pointer(place).is_some(), "{to}");
                }
                fields.values().for_each(|value| look(value, document));
            }
            Value::Array(entries) => entries.iter().for_each(|value| look(value, document)),
            _ => {}
        }
    }
    let document = parsed();
    look(&document, &document);
}

#[test]
fn a_type_of_requests_and_responses_is_the_same_in_both() {
    let mut schemas = schemas::Schemas::default();
    operations::all(&mut schemas);
    for (name, request, response) in schemas.of_both_directions() {
        assert_eq!(request, response, "{name}");
    }
}

#[test]
fn the_routes_are_those_of_the_template() {
    let template = include_str!("../../../../infra/template.yaml");
    let routes: BTreeSet<String> = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("RouteKey: "))
        .filter(|route| route.contains(" /v1/"))
        .map(ToOwned::to_owned)
        .collect();
    let document = parsed();
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods
                .filter(|method| *method != "parameters")
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    assert_eq!(described, routes);
}

#[test]
fn no_description_holds_a_link_of_rustdoc() {
    let text = document();
    assert!(!text.contains("[`") && !text.contains("](crate"), "{text}");
}

#[test]
fn every_field_of_a_change_is_one_that_is_read() {
    let change = json!({
        "displayName": "Desk", "autoOwnership": false,
        "autoResolve": {"newSecs": 60, "pendingSecs": 31_536_000},
        "access": {"allUsers": "viewer", "allTeams": null, "teams": {"t": null}, "users": {"u": "viewer"}},
    });
    assert!(conversation::ChannelPatch::from_json(&change).is_ok());
    let document = parsed();
    let fields = |schema: &str| {
        let properties = &document["components"]["schemas"][schema]["properties"];
        properties
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    for (schema, given) in [
        ("ChannelChange", &change),
        ("AutoResolveChange", &change["autoResolve"]),
        ("AccessChange", &change["access"]),
    ] {
        let given: Vec<_> = given.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields(schema), given);
    }
}
