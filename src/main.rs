//! Arguments, configuration, start of the supervisor.

fn main() {}
