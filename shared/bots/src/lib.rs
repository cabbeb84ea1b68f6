//! The Bot trait and its adapters.
