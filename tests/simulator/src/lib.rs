//! Sparkcentral, played faithfully.
