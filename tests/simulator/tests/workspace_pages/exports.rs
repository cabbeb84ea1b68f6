//! Exports and what is in their files.

use reqwest::Method;
use serde_json::Value;

use crate::{
    browser::{Browser, after, assert_all, start},
    support::exporting::Exporting,
};

async fn exporting() -> (Exporting, Browser) {
    let exporting = Exporting::start().await;
    let browser = Browser::at(&exporting.sim);
    (exporting, browser)
}

async fn files(exporting: &Exporting) -> Vec<Value> {
    let listed = exporting.sim.get("/sim/exports").await;
    listed["files"].as_array().unwrap().clone()
}

/// Where the rows of the newest file of messages are.
fn rows_of_messages(page: &str) -> String {
    let before = "/workspace/exports/message/";
    format!("{before}{}", after(page, before))
}

#[tokio::test]
async fn exports_are_written_and_a_files_rows_are_shown() {
    let (exporting, browser) = exporting().await;
    let page = browser.open("/workspace/exports").await;
    assert_all(
        &page,
        &[
            "Write exports",
            "Contact Attributes",
            "No file has been written",
        ],
    );
    exporting.sim.begin("<b>Where</b> is it?").await;
    let order = "types=messages&types=users&timezone=Europe%2FBrussels&from=&to=";
    let onwards = browser.done("/workspace/exports", order).await;
    assert_eq!(onwards, "/workspace/exports#files");
    let page = browser.open("/workspace/exports").await;
    assert_all(
        &page,
        &[
            "Messages",
            "Users",
            "Whole",
            "sparkbridge exports pull",
            "/export/message/[",
        ],
    );
    let files = files(&exporting).await;
    assert_eq!(files.len(), 2);
    let messages = files.iter().find(|file| file["type"] == "messages");
    let messages = messages.unwrap();

    let rows = rows_of_messages(&page);
    let shown = browser.open(&rows).await;
    let hash = messages["sha256"].as_str().unwrap();
    assert_all(
        &shown,
        &[
            "<th scope=\"col\">Message ID</th>",
            "Inbound",
            "&lt;b&gt;Where&lt;/b&gt;",
            hash,
        ],
    );
    assert!(!shown.contains("<b>"), "{shown}");
    let raw = browser.open(&format!("{rows}/csv")).await;
    assert_eq!(raw.as_bytes(), exporting.bytes(messages));

    for gone in [
        "/workspace/exports/message/none.csv",
        "/workspace/exports/..%2Funfinished/x",
    ] {
        browser.missing(gone).await;
    }
    let path = messages["path"].as_str().unwrap();
    std::fs::remove_file(exporting.root.join(path.trim_start_matches('/'))).unwrap();
    assert_all(&browser.missing(&rows).await, &["deleted"]);
}

#[tokio::test]
async fn a_half_written_file_is_completed_on_the_page() {
    let (exporting, browser) = exporting().await;
    exporting.sim.begin("Hello").await;
    let order = "types=messages&faults=half_written&faults=bom&faults=crlf";
    browser.done("/workspace/exports", order).await;
    let page = browser.open("/workspace/exports").await;
    assert_all(&page, &["Half written</span>", "Complete all files"]);
    let rows = rows_of_messages(&page);
    assert_all(
        &browser.open(&rows).await,
        &["byte order mark", "What is there by now"],
    );

    browser.done("/workspace/exports/finish", "").await;
    let page = browser.open("/workspace/exports").await;
    assert!(!page.contains("Complete all files"), "{page}");
    assert_all(&page, &["Whole</span>"]);
    let order = "types=messages&faults=growing&grow=600";
    browser.done("/workspace/exports", order).await;
    assert_all(
        &browser.open("/workspace/exports").await,
        &["Growing</span>"],
    );
    let files = files(&exporting).await;
    let states: Vec<_> = files.iter().map(|file| &file["state"]).collect();
    assert_eq!(states, ["whole", "growing"]);
}

#[tokio::test]
async fn an_order_that_makes_no_sense_comes_back_as_it_was_filled_in() {
    let (exporting, browser) = exporting().await;
    for (form, status, words) in [
        ("", 422, "type"),
        (
            "types=users&faults=half_written&faults=growing",
            422,
            "exclude",
        ),
        ("types=users&timezone=Brussels", 422, "IANA"),
        ("types=users&faults=same_name", 409, "no file"),
        ("types=weather", 422, "weather"),
        ("types=users&faults=growing&grow=soon", 422, "Growing takes"),
    ] {
        let (_, said) = browser.refused("/workspace/exports", form, status).await;
        assert!(said.contains(words), "{form}: {said}");
    }
    let form = "types=users&timezone=%3Cx%3E&from=2026-01-02T03%3A04&faults=crlf";
    let (page, _) = browser.refused("/workspace/exports", form, 422).await;
    assert_all(
        &page,
        &["value=\"&lt;x&gt;\"", "value=\"2026-01-02T03:04\""],
    );
    assert_eq!(page.matches(" checked").count(), 2, "{page}");
    assert!(files(&exporting).await.is_empty());
}

#[tokio::test]
async fn without_a_directory_nothing_is_exported_and_the_page_says_how() {
    let (sim, browser) = start().await;
    for path in ["/workspace/exports", "/workspace/exports/finish"] {
        let (page, said) = browser.refused(path, "types=users", 409).await;
        assert!(said.contains("directory"), "{said}");
        assert_all(&page, &["--exports-root"]);
    }
    let file = "/workspace/exports/message/x.csv";
    let page = browser.ask(Method::GET, file, "").await;
    assert_eq!(page.status, 409);
    assert_all(&page.text, &["role=\"alert\"", "All exports"]);
    let answer = sim.request(Method::GET, "/sim/exports").send().await;
    assert_eq!(answer.unwrap().status(), 409);
}
