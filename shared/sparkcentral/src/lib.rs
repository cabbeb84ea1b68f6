//! Sparkcentral's Virtual Agent protocol: events in, replies out, signatures. Pure: no I/O.
