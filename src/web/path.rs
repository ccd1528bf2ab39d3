//! Paths and queries of requests, and whether a request comes from where it says. Pure.
//!
//! Runs on: web.
use std::net::IpAddr;

/// Endings of names that nobody can own in the internet: RFC 6762 (local), RFC 8375 (home.arpa), ICANN's internal, and what routers of
/// the home and the firm are used to.
const OWN: [&str; 6] = ["local", "home.arpa", "internal", "lan", "localdomain", "localhost"];

/// The pieces of a path, decoded; none where it is none of ours: an empty piece, one that leads elsewhere, no UTF-8.
pub(super) fn pieces(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/')?;
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.split('/').map(|piece| decoded(piece).filter(|piece| is_name(piece))).collect()
}

/// Whether that can be the name of a file or folder of ours.
fn is_name(piece: &str) -> bool {
    !piece.is_empty() && piece != "." && piece != ".." && !piece.contains(['/', '\\', '\0'])
}

/// Text in which `%41` stands for a byte (RFC 3986, section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The value of `name` in a query; none without it.
pub(super) fn query<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    query?.split('&').find_map(|pair| match pair.split_once('=') {
        Some((key, value)) => (key == name).then_some(value),
        None => (pair == name).then_some(""),
    })
}

/// Whether a browser may mean this box by that `Host`: a name of the internet, which may be made to lead here, counts only where it is
/// among `names`.
pub(super) fn is_own(host: &str, names: &[String]) -> bool {
    let host = without_port(host).trim_end_matches('.').to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    let plain = !host.is_empty() && !host.contains('.') && !host.contains(':');
    let ending = OWN.iter().any(|end| host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')));
    address || plain || ending || names.iter().any(|name| name.eq_ignore_ascii_case(&host))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            // An IPv6 address stands in brackets where it has a port.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

/// Whether an `Origin` is the page that `host` serves.
pub(super) fn is_from(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
}

/// The value of a cookie.
pub(super) fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_decoded_and_lead_nowhere_else() {
        let own = |path: &str| pieces(path).map(|pieces| pieces.join("|"));
        assert_eq!(own("/"), Some(String::new()));
        assert_eq!(own("/takes/a/01_F%C3%BChrung.wav").as_deref(), Some("takes|a|01_Führung.wav"));
        for path in [
            "",
            "x",
            "//",
            "/a//b",
            "/a/",
            "/takes/../x",
            "/takes/%2e%2e/x",
            "/takes/a%2fb",
            "/takes/%00",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "/a%5cb",
            "*",
        ] {
            assert_eq!(own(path), None, "{path}");
        }
    }

    #[test]
    fn names_of_the_internet_have_to_be_told() {
        let names = ["vestry.church.example".to_owned()];
        for host in [
            "10.0.0.7",
            "10.0.0.7:8080",
            "[fe80::1]",
            "[fe80::1]:80",
            "vestry",
            "vestry:80",
            "vestry-1.local",
            "VESTRY.Local.",
            "localhost:8080",
            "box.lan",
            "vestry.church.example",
            "vestry.church.example:80",
        ] {
            assert!(is_own(host, &names), "{host}");
        }
        for host in ["", "evil.example", "evil.example:80", "xlocal.com", "church.example", ":80", "a:b:c"] {
            assert!(!is_own(host, &names), "{host}");
        }
    }

    #[test]
    fn an_origin_is_that_of_the_page_or_none() {
        assert!(
            is_from("http://vestry.local", "vestry.local")
                && is_from("https://10.0.0.7:8443", "10.0.0.7:8443")
        );
        for origin in ["null", "", "http://evil.example", "http://vestry.local:81", "vestry.local"] {
            assert!(!is_from(origin, "vestry.local"), "{origin}");
        }
    }

    #[test]
    fn cookies_and_queries_are_found_by_name() {
        assert_eq!(cookie("a=1; vestry=2;c=3", "vestry"), Some("2"));
        assert_eq!(cookie("xvestry=1", "vestry"), None);
        assert_eq!(query(Some("a=1&points=800"), "points"), Some("800"));
        assert_eq!((query(Some("download"), "download"), query(None, "a")), (Some(""), None));
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(name in "[^\\x00/\\\\]{1,20}") {
            let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let right = is_name(&name).then(|| vec![name]);
            prop_assert_eq!(pieces(&format!("/{encoded}")), right);
        }

        #[test]
        fn no_text_at_all_is_trouble(text in ".*") {
            let names = pieces(&text).unwrap_or_default();
            prop_assert!(names.iter().all(|name| is_name(name)));
            let _ = (is_own(&text, &[]), is_from(&text, &text), cookie(&text, "a"), query(Some(&text), "a"));
        }
    }
}
