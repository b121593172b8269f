//! What a session leaves on the host: a config copy, credentials, opencode data.
