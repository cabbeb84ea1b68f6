//! A run in which a secret is rotated, and nothing else happens.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use local_stack::StackInfo;

use crate::{
    agents::{Kind, Profile},
    drive::{self, Played},
    plan, rotation,
    run::{Ran, registered, restless, started, told},
    seed::Seed,
    stage::Wanted,
    strikes::Rates,
    verdict::verdict,
};

/// A webhook secret is rotated under load, and nothing else happens.
///
/// # Errors
/// The harness itself can't go on.
pub async fn rotation_run(stack: &StackInfo, seed: Seed, messages: usize) -> Result<Ran> {
    let began = Instant::now();
    let wanted = Wanted {
        seed,
        rates: Rates::OFF,
        planted: false,
    };
    let (stage, bot) = started(stack, wanted, true).await?;
    let profiles = vec![Profile {
        name: "rotating".into(),
        kind: Kind::Patient,
    }];
    let mut registered = registered(&stage, &bot, &profiles, 40).await?;
    let mut agent = registered.remove("rotating").context("no agent")?;
    let loading = Instant::now();
    // Load for as long as the rotation takes, and on: each round is so many messages.
    let over = AtomicBool::new(false);
    let rotating = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        // Lambda replaces processes all the time. A new one knows the new secret, and Sparkcentral still signs
        // with the old one; one that lives on reads its secret again within five minutes.
        let recycling = async {
            loop {
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                stage.functions.recycle("webhook-intake");
            }
        };
        let rotated = tokio::select! {
            rotated = rotation::webhook_secret(&stage, &mut agent) => rotated,
            () = recycling => Ok(()),
        };
        tokio::time::sleep(Duration::from_secs(10)).await;
        over.store(true, Ordering::Relaxed);
        rotated
    };
    let playing = async {
        let mut all: Vec<Played> = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let mut plan = plan::steady(&profiles[0], messages);
            for planned in &mut plan {
                planned.number += all.len();
            }
            all.extend(drive::play(&stage, plan, 6, |_| {}).await?);
        }
        anyhow::Ok(all)
    };
    let (rotated, played) = tokio::join!(rotating, playing);
    rotated?;
    let played = played?;
    let load = loading.elapsed();
    let settling = Instant::now();
    let rested = drive::settle(&stage, &bot, Duration::from_secs(300)).await?;
    let settling = settling.elapsed();
    registered.insert(agent.name.clone(), agent);
    let mut violations = verdict(&stage, &registered, &played).await?;
    if !rested {
        violations.push(restless());
    }
    Ok(told(
        &stage,
        seed,
        &played,
        &[],
        violations,
        [load, settling, began.elapsed()],
    ))
}
