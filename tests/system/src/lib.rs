//! System tests: whole journeys through public faces only.
