//! Prints what a generated page must be: `cargo run -p reference > docs/configuration.md` and
//! `cargo run -p reference openapi > docs/openapi.json`.
#![allow(clippy::print_stdout, reason = "a command line")]

mod page;
mod setting;

fn main() -> Result<(), String> {
    let page = match std::env::args().nth(1).as_deref() {
        None | Some("configuration") => page::configuration(),
        Some("openapi") => conversation_api::openapi::document(),
        Some(other) => return Err(format!("{other}: configuration or openapi")),
    };
    print!("{page}");
    Ok(())
}

#[cfg(test)]
mod tests {
    fn committed(page: &str) -> String {
        let path = format!("{}/../../docs/{page}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn the_page_is_as_the_code_says() {
        assert!(
            committed("configuration.md") == super::page::configuration(),
            "docs/configuration.md is out of date: cargo run -p reference > docs/configuration.md"
        );
    }

    #[test]
    fn the_description_of_the_api_is_as_the_code_says() {
        assert!(
            committed("openapi.json") == conversation_api::openapi::document(),
            "docs/openapi.json is out of date: cargo run -p reference openapi > docs/openapi.json"
        );
    }
}
