//! HTTP client of Sparkcentral's Virtual Agent REST API.
