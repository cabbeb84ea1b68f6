//! docs/cost.md: the counted calls, and what they come to by the price table.

use std::fmt::Write;

use crate::scene::Counted;

const BEGIN: &str = "<!-- counted: begin -->";
const END: &str = "<!-- counted: end -->";

/// A price of AWS in us-east-1, in dollars for a million.
struct Price {
    what: &'static str,
    per_million: f64,
}

const HTTP_API: Price = Price {
    what: "HTTP API request",
    per_million: 1.00,
};
const INVOCATION: Price = Price {
    what: "Lambda request",
    per_million: 0.20,
};
/// 256 MB on arm64 for a millisecond, a million times.
const MILLISECOND: Price = Price {
    what: "Lambda, 256 MB on arm64, for one millisecond",
    per_million: 0.25 * 0.001 * 13.3334,
};
const WRITE_UNIT: Price = Price {
    what: "DynamoDB write request unit, on demand",
    per_million: 0.625,
};
const READ_UNIT: Price = Price {
    what: "DynamoDB read request unit, on demand",
    per_million: 0.125,
};
const QUEUE_REQUEST: Price = Price {
    what: "SQS request, FIFO (a standard queue's is 0.40)",
    per_million: 0.50,
};
/// The part of a core that 256 MB get: 1,769 MB get a whole one.
const SHARE_OF_A_CORE: f64 = 256.0 / 1_769.0;
/// Waiting for one call to DynamoDB or SQS, in ms; and for one to Sparkcentral.
const AWS_MS: f64 = 5.0;
const SPARKCENTRAL_MS: f64 = 150.0;
const PRICES: [&Price; 6] = [
    &HTTP_API,
    &INVOCATION,
    &MILLISECOND,
    &WRITE_UNIT,
    &READ_UNIT,
    &QUEUE_REQUEST,
];

/// One message, with all that follows from it.
pub(crate) struct Message {
    pub(crate) about: &'static str,
    /// CPU of its invocations together, in µs: as BENCHMARKS.md has them, rounded up.
    pub(crate) cpu_us: f64,
    pub(crate) counted: Counted,
}

/// The page with its tables written anew.
pub(crate) fn with_tables(page: &str, messages: &[Message]) -> String {
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    format!("{before}{BEGIN}\n{}{END}{after}", tables(messages))
}

fn tables(messages: &[Message]) -> String {
    let mut text = String::new();
    text.push_str("| a message that is | HTTP API | Lambda requests | Lambda ms | DynamoDB writes (units) | reads (units) | SQS requests | $ per million |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for message in messages {
        let Message { about, counted, .. } = message;
        let writes = format!("{} ({})", counted.write_requests, counted.write_units);
        let reads = ["GetItem", "Query"].map(|name| counted.by_name.get(name).copied());
        let reads: usize = reads.into_iter().flatten().sum();
        writeln!(
            text,
            "| {about} | 1 | {} | {:.0} | {writes} | {reads} ({}) | {} | **{:.2}** |",
            counted.invocations,
            milliseconds(message),
            counted.read_units,
            counted.queue_requests,
            dollars(message)
        )
        .unwrap();
    }
    text.push_str("\n| price, us-east-1 | $ per million |\n|---|--:|\n");
    for price in PRICES {
        writeln!(text, "| {} | {:.4} |", price.what, price.per_million).unwrap();
    }
    text
}

/// What Lambda bills for the invocations of one message. Assumed, not measured: nothing here is AWS.
fn milliseconds(message: &Message) -> f64 {
    let Message {
        cpu_us, counted, ..
    } = message;
    let working = cpu_us / 1_000.0 / SHARE_OF_A_CORE;
    let waiting = number(counted.calls) * AWS_MS + number(counted.replies) * SPARKCENTRAL_MS;
    // Rounded up for each invocation.
    working + waiting + number(counted.invocations) * 0.5
}

/// A million of these messages.
pub(crate) fn dollars(message: &Message) -> f64 {
    let counted = &message.counted;
    let parts = [
        (1.0, &HTTP_API),
        (number(counted.invocations), &INVOCATION),
        (milliseconds(message), &MILLISECOND),
        (number(counted.write_units), &WRITE_UNIT),
        (number(counted.read_units), &READ_UNIT),
        (number(counted.queue_requests), &QUEUE_REQUEST),
    ];
    let parts = parts.map(|(number, price)| number * price.per_million);
    parts.iter().sum()
}

#[allow(clippy::cast_precision_loss, reason = "a few calls")]
fn number(count: u64) -> f64 {
    count as f64
}
