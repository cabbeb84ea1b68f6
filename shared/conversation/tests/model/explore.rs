//! Every state that can be reached, breadth first: the first trace to a broken rule is a shortest one.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use crate::setup::Setup;
use crate::world::{Label, World};

/// More than this is too much for a test.
const MOST: usize = 4_000_000;

/// What was found.
pub(crate) struct Found {
    pub(crate) states: usize,
    pub(crate) ends: usize,
    pub(crate) broken: Option<Broken>,
}

/// A rule that does not hold, and how it comes to that.
pub(crate) struct Broken {
    pub(crate) rule: &'static str,
    pub(crate) trace: Vec<String>,
}

/// How a state was reached first.
struct From {
    state: u32,
    label: Label,
}

/// Looks at every state.
pub(crate) fn explore(setup: &Setup) -> Found {
    let mut explored = Explored::default();
    let start = World::new(setup);
    explored.places.insert(print(&start), 0);
    explored.from.push(None);
    explored.before.push(Vec::new());
    let mut left = VecDeque::from([(0, start)]);
    let mut ends = Vec::new();
    let mut broken = None;
    while let Some((place, world)) = left.pop_front() {
        let next = world.next(setup);
        if !next.iter().any(|(label, _)| goes_on(*label)) {
            ends.push(place);
            if let Some(rule) = world.undone(setup) {
                broken = Some((rule, place));
                break;
            }
        }
        for (label, world) in next {
            let rule = world.ghost.broken;
            let (at, is_new) = explored.add(&world, place, label);
            if let Some(rule) = rule {
                broken = Some((rule, at));
                break;
            }
            if is_new {
                left.push_back((at, world));
            }
        }
        assert!(
            explored.from.len() < MOST,
            "the model has more than {MOST} states"
        );
        if broken.is_some() {
            break;
        }
    }
    let states = explored.from.len();
    if broken.is_none() {
        broken = explored
            .stuck(&ends)
            .map(|place| ("there is no way to an end", place));
    }
    Found {
        states,
        ends: ends.len(),
        broken: broken.map(|(rule, place)| Broken {
            rule,
            trace: explored.trace(setup, place),
        }),
    }
}

/// What a person or Sparkcentral may do, but does not have to, is no way on.
fn goes_on(label: Label) -> bool {
    !matches!(label.what, "a person takes the conversation")
}

fn print(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

#[derive(Default)]
struct Explored {
    places: HashMap<u64, u32>,
    from: Vec<Option<From>>,
    /// Whence each state can be reached.
    before: Vec<Vec<u32>>,
}

impl Explored {
    fn add(&mut self, world: &World, from: u32, label: Label) -> (u32, bool) {
        let next = self.from.len() as u32;
        match self.places.entry(print(world)) {
            Entry::Occupied(known) => {
                let place = *known.get();
                self.before[place as usize].push(from);
                (place, false)
            }
            Entry::Vacant(place) => {
                place.insert(next);
                self.from.push(Some(From { state: from, label }));
                self.before.push(vec![from]);
                (next, true)
            }
        }
    }

    /// A state from which no end can be reached.
    fn stuck(&self, ends: &[u32]) -> Option<u32> {
        let mut leads = vec![false; self.from.len()];
        let mut left = ends.to_vec();
        while let Some(place) = left.pop() {
            if !std::mem::replace(&mut leads[place as usize], true) {
                left.extend(&self.before[place as usize]);
            }
        }
        leads
            .iter()
            .position(|leads| !leads)
            .map(|place| place as u32)
    }

    fn trace(&self, setup: &Setup, to: u32) -> Vec<String> {
        let mut places = vec![to];
        let mut labels = Vec::new();
        let mut at = to;
        while let Some(From { state, label }) = &self.from[at as usize] {
            labels.push(*label);
            at = *state;
            places.push(at);
        }
        places.reverse();
        labels.reverse();
        // Told by going the way once more.
        let mut world = World::new(setup);
        let mut told = Vec::new();
        for (place, label) in places[1..].iter().zip(labels) {
            let next = world.next(setup).into_iter().map(|(_, world)| world);
            let next = next
                .into_iter()
                .find(|world| self.places.get(&print(world)) == Some(place));
            let Some(next) = next else {
                break;
            };
            world = next;
            let Label { who, number, what } = label;
            told.push(format!("{who} ({number}) {what}: {}", world.told()));
        }
        told
    }
}
