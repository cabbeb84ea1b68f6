//! What happens in a run, from its seed alone.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    agents::Profile,
    seed::{Draw, Seed},
};

/// One thing that happens in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The contact writes its next message, ending with this word. `waits`: until the webhook is answered.
    Write {
        word: &'static str,
        waits: bool,
    },
    Pause(Duration),
    /// A fault of the simulator for this conversation.
    Fault(Value),
    /// A human takes it.
    Take,
    /// A human gives it to the bot.
    Delegate,
    /// A human closes it.
    Resolve,
    /// A human writes.
    HumanSays,
}

/// A conversation of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) number: usize,
    pub(crate) agent: Profile,
    pub(crate) steps: Vec<Step>,
}

impl Planned {
    /// Messages the contact writes.
    pub(crate) fn messages(&self) -> usize {
        let writes = |step: &&Step| matches!(step, Step::Write { .. });
        self.steps.iter().filter(writes).count()
    }
}

/// Conversations with so many messages together.
pub(crate) fn planned(seed: Seed, agents: &[Profile], messages: usize) -> Vec<Planned> {
    let mut all = Vec::new();
    let mut written = 0;
    while written < messages {
        let number = all.len();
        let mut draw = seed.of(&["conversation", &number.to_string()]);
        let agent = agents[number % agents.len()].clone();
        let steps = steps(&mut draw);
        let planned = Planned {
            number,
            agent,
            steps,
        };
        written += planned.messages();
        all.push(planned);
    }
    all
}

fn steps(draw: &mut Draw) -> Vec<Step> {
    let mut steps = Vec::new();
    let messages = draw.between(3, 12);
    for number in 0..messages {
        if draw.hits(3_500) {
            steps.push(Step::Fault(fault(draw)));
        }
        let last = number + 1 == messages;
        let word = match draw.below(100) {
            0..4 => "human",
            4..7 if last => "close",
            _ => "please",
        };
        // Now and then several at once.
        let waits = draw.hits(6_000);
        steps.push(Step::Write { word, waits });
        if draw.hits(5_000) {
            steps.push(pause(draw, 50, 1_500));
        }
        match draw.below(100) {
            // People come in between.
            0..4 => steps.extend([
                Step::Take,
                pause(draw, 100, 2_000),
                Step::HumanSays,
                Step::Delegate,
            ]),
            4..6 => steps.extend([Step::Take, Step::Delegate]),
            6..8 => steps.extend([Step::Take, Step::HumanSays, Step::Resolve]),
            _ if word == "human" => steps.extend([
                pause(draw, 500, 3_000),
                Step::Take,
                Step::HumanSays,
                pause(draw, 100, 1_000),
                Step::Delegate,
            ]),
            _ => {}
        }
    }
    steps
}

fn pause(draw: &mut Draw, low: u64, high: u64) -> Step {
    Step::Pause(Duration::from_millis(draw.between(low, high)))
}

fn fault(draw: &mut Draw) -> Value {
    let times = draw.between(1, 2);
    match draw.below(100) {
        0..20 => json!({"fault": "duplicate_webhook", "copies": draw.between(1, 3)}),
        20..35 => json!({"fault": "reorder_webhooks", "delay_ms": draw.between(100, 2_500)}),
        35..47 => json!({"fault": "drop_after_accept", "count": 1}),
        47..60 => json!({"fault": "slow", "delay_ms": draw.between(200, 3_000), "count": times}),
        60..70 => json!({"fault": "token_expired", "count": 1}),
        70..77 => json!({"fault": "unauthorized", "count": times}),
        77..82 => json!({"fault": "not_found", "count": 1}),
        82..91 => json!({"fault": "rate_limited", "count": times}),
        _ => json!({"fault": "server_error", "status": 503, "count": times}),
    }
}

/// Conversations that make every planted bug visible.
pub(crate) fn with_bugs(agents: &[Profile]) -> Vec<Planned> {
    let write = |word| Step::Write { word, waits: true };
    let seconds = |secs| Step::Pause(Duration::from_secs(secs));
    let plain = vec![
        write("please"),
        seconds(1),
        write("please"),
        write("please"),
    ];
    let asks = vec![write("please"), seconds(2), write("human")];
    // Its answer is on its way when people take the conversation; then the bot gets it back.
    let returns = vec![
        write("please"),
        seconds(4),
        Step::Take,
        seconds(1),
        Step::Delegate,
        seconds(2),
        write("please"),
    ];
    // The bot is taken the conversation from before its answer arrives.
    let taken = vec![seconds(1), write("please"), Step::Take];
    let kinds = [plain.clone(), asks, returns, taken, plain];
    let each = agents
        .iter()
        .flat_map(|agent| kinds.iter().map(move |steps| (agent, steps)));
    each.enumerate()
        .map(|(number, (agent, steps))| Planned {
            number,
            agent: agent.clone(),
            steps: steps.clone(),
        })
        .collect()
}

/// Conversations of plain messages, one after the other.
pub(crate) fn steady(agent: &Profile, messages: usize) -> Vec<Planned> {
    let write = Step::Write {
        word: "please",
        waits: true,
    };
    let rest = Step::Pause(Duration::from_millis(150));
    let planned = |number| Planned {
        number,
        agent: agent.clone(),
        steps: vec![vec![write.clone(), rest.clone()]; 5].concat(),
    };
    (0..messages.div_ceil(5)).map(planned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::of_a_run;

    #[test]
    fn a_seed_always_plans_the_same_and_another_one_something_else() {
        let steps = |seed| -> Vec<Vec<Step>> {
            let all = planned(Seed(seed), &of_a_run(), 200);
            all.into_iter().map(|planned| planned.steps).collect()
        };
        assert_eq!(steps(1), steps(1));
        assert_ne!(steps(1), steps(2));
    }

    #[test]
    fn a_plan_has_as_many_messages_as_asked_for_and_every_kind_of_step() {
        let all = planned(Seed(1), &of_a_run(), 5_000);
        let messages: usize = all.iter().map(Planned::messages).sum();
        assert!((5_000..5_012).contains(&messages), "{messages}");
        let has = |is: fn(&Step) -> bool| all.iter().any(|one| one.steps.iter().any(is));
        assert!(has(|step| matches!(step, Step::Fault(_))));
        assert!(has(|step| *step == Step::Delegate));
        assert!(has(|step| *step == Step::Resolve));
    }
}
