//! The registry of channels: looking at it, and changing it.

use conversation::{Channel, ChannelPatch, Permission, Role, SettingsProblem};
use lambda_http::http::StatusCode;
use platform::Attempts;
use serde_json::{Value, json};

use crate::authorize::permit;
use crate::call::{Call, Success, parse};
use crate::problem::Problem;

/// `GET /v1/agents/{agent}/channels`: those the caller has a role in.
pub(crate) async fn list(call: &Call<'_>) -> Result<Success, Problem> {
    let channels = call.platform.store.channels(&call.caller.agent).await;
    let channels = channels.map_err(|error| Problem::unavailable(&error))?;
    let shown: Vec<Value> = channels
        .iter()
        .filter_map(|channel| Some(view(channel, role(call, channel)?)))
        .collect();
    Ok((StatusCode::OK, json!({ "channels": shown })))
}

/// `GET /v1/agents/{agent}/channels/{channel}`
pub(crate) async fn show(call: &Call<'_>, id: &str) -> Result<Success, Problem> {
    let channel = call.channel(id).await?.ok_or_else(unknown)?;
    let role = role(call, &channel).ok_or_else(unknown)?;
    Ok((StatusCode::OK, view(&channel, role)))
}

/// `PATCH /v1/agents/{agent}/channels/{channel}`: what is left out stays, null takes away.
pub(crate) async fn change(call: &Call<'_>, id: &str, body: &[u8]) -> Result<Success, Problem> {
    let patch = ChannelPatch::from_json(&parse(body)?).map_err(invalid)?;
    let (store, agent) = (&call.platform.store, &call.caller.agent);
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let read = store.channel(agent, id).await;
        let read = read.map_err(|error| Problem::unavailable(&error))?;
        let read = read.ok_or_else(unknown)?;
        let role = role(call, &read.channel).ok_or_else(unknown)?;
        let access = Some(&read.channel.access);
        permit(
            &call.caller.token,
            Permission::ManageChannel,
            Some(id),
            access,
        )?;
        let changed = patch.apply(&read.channel, call.now).map_err(invalid)?;
        if changed == read.channel {
            return Ok((StatusCode::OK, view(&changed, role)));
        }
        let saved = store.save_channel(agent, &read, changed).await;
        if let Some(saved) = saved.map_err(|error| Problem::unavailable(&error))? {
            return Ok((StatusCode::OK, view(&saved.channel, role)));
        }
    }
    Err(Problem::contended())
}

fn role(call: &Call<'_>, channel: &Channel) -> Option<Role> {
    let token = &call.caller.token;
    token.role_in(Some(&channel.id), Some(&channel.access))
}

/// A channel as a caller sees it: who else has access is for those who may change it.
fn view(channel: &Channel, role: Role) -> Value {
    let mut view = json!(channel);
    if let Some(fields) = view.as_object_mut() {
        if !role.may(Permission::ManageChannel) {
            fields.remove("access");
        }
        fields.insert("role".into(), json!(role));
    }
    view
}

/// Also where it is there and not for the caller: ids are not for guessing.
fn unknown() -> Problem {
    let detail = "The agent has no channel with this id that the token may see. Channels are learned with their first event.";
    Problem::new(StatusCode::NOT_FOUND, "unknown_channel", detail)
}

fn invalid(problems: Vec<SettingsProblem>) -> Problem {
    Problem::invalid(problems.iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::SeenChannel;
    use time::OffsetDateTime;

    #[test]
    fn only_a_supervisor_sees_who_has_access() {
        let seen = SeenChannel {
            id: "channel-1".into(),
            medium: None,
            name: Some("Shop".into()),
        };
        let mut channel = Channel::new(seen, OffsetDateTime::UNIX_EPOCH);
        channel.access.users.insert("agent-1".into(), Role::Viewer);
        for (role, name, sees) in [
            (Role::Viewer, "viewer", false),
            (Role::Contributor, "contributor", false),
            (Role::Supervisor, "supervisor", true),
        ] {
            let view = view(&channel, role);
            assert_eq!(view["role"], name);
            assert_eq!(view["name"], "Shop");
            assert_eq!(view["autoResolve"]["newSecs"], 2_592_000);
            assert_eq!(view["access"]["users"]["agent-1"] == "viewer", sees);
        }
    }
}
