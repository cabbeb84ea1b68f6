//! The rules of a conversation: states, turns, replies, queue messages. Pure: no I/O.
