//! The registry of channels: looking at it, and changing it.

use conversation::{Channel, ChannelPatch, Permission, Role, SettingsProblem};
use lambda_http::http::StatusCode;
use platform::Attempts;
use serde_json::json;

use crate::authorize::permit;
use crate::call::{Call, Success, parse};
use crate::entry::rfc3339;
use crate::problem::Problem;
use crate::view::{ChannelView, ChannelsView};

/// `GET /v1/agents/{agent}/channels`: those the caller has a role in.
pub(crate) async fn list(call: &Call<'_>) -> Result<Success, Problem> {
    let channels = call.platform.store.channels(&call.caller.agent).await;
    let channels = channels.map_err(|error| Problem::unavailable(&error))?;
    let shown = channels
        .iter()
        .filter_map(|channel| Some(view(channel, role(call, channel)?)))
        .collect();
    Ok((StatusCode::OK, json!(ChannelsView { channels: shown })))
}

/// `GET /v1/agents/{agent}/channels/{channel}`
pub(crate) async fn show(call: &Call<'_>, id: &str) -> Result<Success, Problem> {
    let channel = call
        .channel(id)
        .await?
        .ok_or_else(Problem::unknown_channel)?;
    let role = role(call, &channel).ok_or_else(Problem::unknown_channel)?;
    Ok((StatusCode::OK, json!(view(&channel, role))))
}

/// `PATCH /v1/agents/{agent}/channels/{channel}`: what is left out stays, null takes away.
pub(crate) async fn change(call: &Call<'_>, id: &str, body: &[u8]) -> Result<Success, Problem> {
    let patch = ChannelPatch::from_json(&parse(body)?).map_err(invalid)?;
    let (store, agent) = (&call.platform.store, &call.caller.agent);
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let read = store.channel(agent, id).await;
        let read = read.map_err(|error| Problem::unavailable(&error))?;
        let read = read.ok_or_else(Problem::unknown_channel)?;
        let role = role(call, &read.channel).ok_or_else(Problem::unknown_channel)?;
        let access = Some(&read.channel.access);
        permit(
            &call.caller.token,
            Permission::ManageChannel,
            Some(id),
            access,
        )?;
        let changed = patch.apply(&read.channel, call.now).map_err(invalid)?;
        if changed == read.channel {
            return Ok((StatusCode::OK, json!(view(&changed, role))));
        }
        let saved = store.save_channel(agent, &read, changed).await;
        if let Some(saved) = saved.map_err(|error| Problem::unavailable(&error))? {
            return Ok((StatusCode::OK, json!(view(&saved.channel, role))));
        }
    }
    Err(Problem::contended())
}

fn role(call: &Call<'_>, channel: &Channel) -> Option<Role> {
    let token = &call.caller.token;
    token.role_in(Some(&channel.id), Some(&channel.access))
}

/// A channel as a caller sees it: who else has access is for those who may change it.
fn view(channel: &Channel, role: Role) -> ChannelView<'_> {
    let manages = role.may(Permission::ManageChannel);
    ChannelView {
        id: &channel.id,
        medium: channel.medium.as_ref(),
        name: channel.name.as_deref(),
        display_name: channel.display_name.as_deref(),
        auto_resolve: channel.auto_resolve,
        auto_ownership: channel.auto_ownership,
        access: manages.then_some(&channel.access),
        learned_at: rfc3339(channel.learned_at),
        changed_at: rfc3339(channel.changed_at),
        role,
    }
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
            let view = json!(view(&channel, role));
            assert_eq!(view["role"], name);
            assert_eq!(view["name"], "Shop");
            assert_eq!(view["autoResolve"]["newSecs"], 2_592_000);
            assert_eq!(view["access"]["users"]["agent-1"] == "viewer", sees);
        }
    }
}
