//! Which ports a process has open, as the kernel tells.
use std::collections::HashSet;
use std::fs;

/// State of a TCP socket that listens, in hexadecimal as the kernel writes it.
const LISTENS: &str = "0A";

/// Table and port of each socket of the process that others can reach: TCP that listens, and any UDP.
pub fn of(process: u32) -> Vec<(&'static str, u16)> {
    let ours = inodes(process);
    let tables = ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"];
    let open = tables.into_iter().flat_map(|table| {
        let text = fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        let sockets: Vec<_> = text.lines().skip(1).filter_map(socket).collect();
        let listens = |state: &str| !table.starts_with("tcp") || state == LISTENS;
        sockets
            .into_iter()
            .filter_map(move |(port, state, inode)| listens(&state).then_some((table, port, inode)))
    });
    open.filter(|(_, _, inode)| ours.contains(inode)).map(|(table, port, _)| (table, port)).collect()
}

/// Port, state and inode of a line of a table.
fn socket(line: &str) -> Option<(u16, String, String)> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let port = u16::from_str_radix(fields.get(1)?.rsplit(':').next()?, 16).ok()?;
    Some((port, (*fields.get(3)?).to_owned(), (*fields.get(9)?).to_owned()))
}

/// Inodes of the sockets that the process holds.
fn inodes(process: u32) -> HashSet<String> {
    let links = fs::read_dir(format!("/proc/{process}/fd")).expect("its files").flatten();
    let names = links.filter_map(|link| fs::read_link(link.path()).ok()?.to_str().map(str::to_owned));
    names.filter_map(|name| Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
}
