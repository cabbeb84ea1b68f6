//! The dead-letter queues of both stacks, and where their messages came from.

use std::fmt;

use clap::ValueEnum;

/// A dead-letter queue, by the name of the work that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Queue {
    /// A bot's turns.
    Turns,
    /// Replies on their way to Sparkcentral.
    Outbound,
    /// Handovers to people.
    Handovers,
    /// Looks at turns whose answer was due.
    Deadlines,
    /// Export files to be loaded into the tables.
    Landed,
    /// Runs of export-sync that could not be started.
    ExportSync,
}

/// Where a queue's messages are sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The queue they failed in.
    Queue(String),
    /// The function that the scheduler could not start.
    Function(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(name) => write!(f, "queue {name}"),
            Self::Function(name) => write!(f, "function {name}"),
        }
    }
}

impl Queue {
    pub(crate) const ALL: [Self; 6] = [
        Self::Turns,
        Self::Outbound,
        Self::Handovers,
        Self::Deadlines,
        Self::Landed,
        Self::ExportSync,
    ];

    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::Outbound => "outbound",
            Self::Handovers => "handovers",
            Self::Deadlines => "deadlines",
            Self::Landed => "landed",
            Self::ExportSync => "export-sync",
        }
    }

    /// A deadline waits for its own time, which FIFO queues don't have; the exports' queues have no order.
    fn suffix(self) -> &'static str {
        match self {
            Self::Turns | Self::Outbound | Self::Handovers => ".fifo",
            Self::Deadlines | Self::Landed | Self::ExportSync => "",
        }
    }

    /// Name of the dead-letter queue.
    pub(crate) fn dead(self, stage: &str) -> String {
        format!("sparkbridge-{stage}-{}-dead{}", self.name(), self.suffix())
    }

    /// Name of the queue of work; `None` where there is none.
    pub(crate) fn work(self, stage: &str) -> Option<String> {
        let name = format!("sparkbridge-{stage}-{}{}", self.name(), self.suffix());
        (self != Self::ExportSync).then_some(name)
    }

    pub(super) fn source(self, stage: &str) -> Source {
        match self.work(stage) {
            Some(name) => Source::Queue(name),
            None => Source::Function(format!("sparkbridge-{stage}-export-sync")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dead_letter_queue_of_the_templates_is_known_with_its_source() {
        let templates = [
            include_str!("../../../infra/template.yaml"),
            include_str!("../../../infra/exports.yaml"),
        ];
        let lines = templates.iter().flat_map(|template| template.lines());
        let names = lines.filter_map(|line| line.trim().strip_prefix("QueueName: !Sub "));
        let mut there: Vec<String> = names.map(|name| name.replace("${Stage}", "dev")).collect();
        let dead = Queue::ALL.map(|queue| queue.dead("dev"));
        let work = Queue::ALL.into_iter().filter_map(|queue| queue.work("dev"));
        let mut known: Vec<String> = dead.into_iter().chain(work).collect();
        there.sort();
        known.sort();
        assert_eq!(there, known);
    }

    #[test]
    fn a_queue_is_written_as_it_is_named() {
        for queue in Queue::ALL {
            let value = queue.to_possible_value().unwrap();
            assert_eq!(value.get_name(), queue.name());
        }
    }

    #[test]
    fn what_the_scheduler_could_not_start_goes_to_its_function() {
        let source = Queue::ExportSync.source("dev");
        assert_eq!(
            source,
            Source::Function("sparkbridge-dev-export-sync".into())
        );
        let source = Queue::Turns.source("dev");
        assert_eq!(source.to_string(), "queue sparkbridge-dev-turns.fifo");
    }
}
