//! Why a row was rejected.

/// Why a row was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Fewer cells than the header.
    TooFewCells,
    /// More cells than the header.
    TooManyCells,
    /// A quote inside a cell that does not begin with one, or text behind a closing quote.
    StrayQuote,
    /// A quote that is not closed before the file, or the longest record, ends.
    UnclosedQuote,
    /// Longer than the longest record.
    RecordTooLong,
    /// A line that ends in LF where the header ends in CRLF, or the other way round.
    LineEnd,
    /// Bytes that are no text in the file's encoding.
    NotText,
    /// No timestamp.
    BadTimestamp,
    /// No number, or not a whole one where one is needed.
    BadNumber,
    /// Not 1 to 5.
    BadScore,
    /// No time of day.
    BadTimeOfDay,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::TooFewCells,
        Self::TooManyCells,
        Self::StrayQuote,
        Self::UnclosedQuote,
        Self::RecordTooLong,
        Self::LineEnd,
        Self::NotText,
        Self::BadTimestamp,
        Self::BadNumber,
        Self::BadScore,
        Self::BadTimeOfDay,
    ];

    /// As the table `rejects` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooFewCells => "too_few_cells",
            Self::TooManyCells => "too_many_cells",
            Self::StrayQuote => "stray_quote",
            Self::UnclosedQuote => "unclosed_quote",
            Self::RecordTooLong => "record_too_long",
            Self::LineEnd => "line_end",
            Self::NotText => "not_utf8",
            Self::BadTimestamp => "bad_timestamp",
            Self::BadNumber => "bad_number",
            Self::BadScore => "bad_score",
            Self::BadTimeOfDay => "bad_time_of_day",
        }
    }
}
