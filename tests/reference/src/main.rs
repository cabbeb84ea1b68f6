//! Prints what docs/configuration.md must be:
//! `cargo run -p reference > docs/configuration.md`.
#![allow(clippy::print_stdout, reason = "a command line")]

mod page;
mod setting;

fn main() {
    print!("{}", page::configuration());
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_is_as_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == super::page::configuration(),
            "docs/configuration.md is out of date: cargo run -p reference > docs/configuration.md"
        );
    }
}
