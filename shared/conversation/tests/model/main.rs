//! The protocol of begin, lease and answer, and the order of handovers, in every interleaving.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

mod api;
mod deadline;
mod explore;
mod ghost;
mod handover;
mod intake;
mod kept;
mod sender;
mod setup;
mod table;
mod turn;
mod world;

use explore::explore;
use setup::{Flaw, Says, Setup};

#[track_caller]
fn holds(setup: &Setup) {
    let begun = std::time::Instant::now();
    let found = explore(setup);
    println!(
        "{} states, {} ends, {:?}",
        found.states,
        found.ends,
        begun.elapsed()
    );
    if let Some(broken) = found.broken {
        panic!("{}:\n{}", broken.rule, broken.trace.join("\n"));
    }
}

#[track_caller]
fn is_found(flaw: Flaw, setup: &Setup) {
    let flawed = Setup {
        flaw: Some(flaw),
        ..setup.clone()
    };
    let found = explore(&flawed);
    let broken = found.broken;
    println!(
        "{flaw:?}: {} states, {:?}",
        found.states,
        broken.as_ref().map(|b| (b.rule, b.trace.len()))
    );
    assert!(
        broken.is_some_and(|broken| !broken.trace.is_empty()),
        "{flaw:?} is not found"
    );
}

#[test]
fn every_delivery_of_an_event_gets_the_same_answer_whatever_is_read_between() {
    holds(&Setup {
        events: 1,
        deliveries: 3,
        at_once: 3,
        split: true,
        restamped: true,
        ..Setup::default()
    });
}

#[test]
fn answers_of_writes_that_get_lost_change_nothing() {
    holds(&Setup {
        events: 1,
        deliveries: 2,
        lost: true,
        api_replies: 1,
        ..Setup::default()
    });
}

#[test]
fn two_messages_at_once_are_answered_in_order() {
    holds(&Setup {
        events: 2,
        deliveries: 1,
        inline: &[Says::One, Says::Nothing],
        ..Setup::default()
    });
}

#[test]
fn an_answer_and_a_handover_asked_for_meanwhile() {
    holds(&Setup {
        events: 1,
        deliveries: 2,
        api_handovers: 1,
        ..Setup::default()
    });
}

#[test]
fn a_reply_and_a_handover_meanwhile() {
    holds(&Setup {
        events: 1,
        deliveries: 1,
        api_replies: 1,
        api_handovers: 1,
        ..Setup::default()
    });
}

#[test]
fn a_bot_that_asks_people_says_all_before() {
    holds(&Setup {
        events: 1,
        deliveries: 1,
        inline: &[Says::Two],
        queued: &[Says::People],
        api_handovers: 1,
        ..Setup::default()
    });
}

#[test]
fn a_person_takes_it() {
    holds(&Setup {
        events: 1,
        deliveries: 1,
        inline: &[Says::Two],
        person: true,
        ..Setup::default()
    });
}

#[test]
#[ignore = "takes minutes: run it by hand after a change of the protocol"]
fn attempts_that_go_on_after_their_lease() {
    holds(&Setup {
        events: 2,
        deliveries: 1,
        zombies: true,
        api_handovers: 1,
        ..Setup::default()
    });
}

#[test]
fn posts_that_fail_and_deadlines_missed() {
    holds(&Setup {
        events: 1,
        deliveries: 1,
        inline: &[Says::Two],
        troubles: 1,
        deadlines: true,
        ..Setup::default()
    });
}

#[test]
fn answers_that_come_later_and_those_faster_than_their_promise() {
    let later = Setup {
        events: 2,
        deliveries: 1,
        at_once: 1,
        inline: &[Says::Later],
        queued: &[Says::Later],
        api_replies: 1,
        api_names: true,
        ..Setup::default()
    };
    holds(&later);
    let queued = Setup {
        inline: &[Says::Nothing],
        ..later.clone()
    };
    holds(&queued);
    let again = Setup {
        events: 1,
        deliveries: 2,
        ..later.clone()
    };
    holds(&again);
    let watched = Setup {
        events: 1,
        deadlines: true,
        ..later
    };
    holds(&watched);
}

#[test]
fn every_rule_that_is_left_out_is_missed() {
    let one = Setup {
        events: 1,
        deliveries: 1,
        ..Setup::default()
    };
    let twice = Setup {
        deliveries: 2,
        ..one.clone()
    };
    let two = Setup {
        events: 2,
        ..one.clone()
    };
    let queued = Setup {
        inline: &[Says::Two],
        ..one.clone()
    };
    let asked = |setup: &Setup| Setup {
        api_handovers: 1,
        ..setup.clone()
    };
    let dies_late = |setup: &Setup| Setup {
        zombies: true,
        ..setup.clone()
    };
    is_found(Flaw::NoSpill, &asked(&one));
    is_found(Flaw::NotJudgedAgain, &asked(&one));
    is_found(Flaw::HandoverAlone, &asked(&queued));
    is_found(Flaw::AnswerAnyway, &dies_late(&twice));
    is_found(Flaw::LateAnswer, &dies_late(&asked(&two)));
    is_found(Flaw::OthersLease, &two);
    is_found(Flaw::LineUnchecked, &two);
    is_found(Flaw::Unclaimed, &queued);
    let setup = Setup {
        deliveries: 2,
        ..two.clone()
    };
    is_found(Flaw::NoHeard, &setup);
    is_found(Flaw::RecordBeside, &setup);
    let setup = Setup {
        api_replies: 1,
        lost: true,
        ..two.clone()
    };
    is_found(Flaw::NotQuiet, &setup);
    is_found(Flaw::OwnRecord, &setup);
    let setup = Setup {
        inline: &[Says::Nothing],
        ..twice
    };
    is_found(Flaw::NotQueuedAgain, &setup);
    let setup = Setup {
        inline: &[Says::Later, Says::Nothing],
        queued: &[Says::Later],
        api_replies: 1,
        api_names: true,
        deliveries: 1,
        ..two
    };
    is_found(Flaw::AnyReplyCounts, &setup);
    is_found(Flaw::EarlyForgotten, &setup);
    let setup = Setup {
        troubles: 1,
        ..queued
    };
    is_found(Flaw::SentAgain, &setup);
    is_found(Flaw::Believed, &setup);
}
