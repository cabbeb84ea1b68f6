//! Reads shortcodes as Sparkcentral's documents describe them, apart from the code that writes them.

const OPENERS: [&str; 6] = ["%[", "![", "&((", "$[", "%((", "%{{"];

/// How often something in a text could begin a shortcode.
pub(super) fn openers(text: &str) -> usize {
    OPENERS
        .iter()
        .map(|opener| text.matches(opener).count())
        .sum()
}

/// Counts the buttons of a text that nobody wrote shortcodes into. Each opener must be one.
pub(super) fn buttons(text: &str) -> usize {
    let mut count = 0;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("%[") {
        let (label, after) = after.split_once("](").expect("a label ends");
        let (target, after) = after.split_once(')').expect("a target ends");
        assert!(!label.trim().is_empty() && openers(label) == 0 && openers(target) == 0);
        assert!(target.starts_with("reply:") || target.starts_with("https://"));
        assert!(!target.contains(['(', '[', '\n']));
        count += 1;
        rest = after;
    }
    assert_eq!(openers(text), count);
    count
}
