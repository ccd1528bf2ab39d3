//! How warm the processor is, where the box can be reached, and a name for this run of it.
//!
//! Runs on: supervisor.
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use std::collections::hash_map::RandomState;
use std::fs::{read_dir, read_to_string};
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::path::Path;

/// What a sensor can mean, in degrees Celsius; some say nonsense while they are off.
const SENSIBLE: std::ops::Range<f32> = -50.0..200.0;

/// Temperature of the processor in degrees Celsius: the warmest sensor that is named after it, else after the whole chip,
/// else any. `None` without sensors.
pub fn cpu_celsius() -> Option<f32> {
    celsius_in(Path::new("/sys/class/thermal"))
}

/// A name that nothing else bears: 32 hexadecimal digits.
pub fn unique() -> String {
    let random = read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    let random: String = random.chars().filter(char::is_ascii_hexdigit).collect();
    if random.is_empty() { format!("{:016x}{:016x}", hashed(), hashed()) } else { random }
}

/// What stands in for the kernel's random numbers where `/proc` is not mounted.
fn hashed() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn celsius_in(folder: &Path) -> Option<f32> {
    let zones = read_dir(folder).ok()?.flatten().filter_map(|zone| {
        let kind = read_to_string(zone.path().join("type")).ok()?;
        let millidegrees: i32 = read_to_string(zone.path().join("temp")).ok()?.trim().parse().ok()?;
        let celsius = Some(millidegrees as f32 / 1000.0).filter(|celsius| SENSIBLE.contains(celsius))?;
        Some((kind.contains("cpu"), kind.contains("soc"), celsius))
    });
    zones.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))).map(|(.., celsius)| celsius)
}

/// The address to type for this box: the first IPv4 address of an interface that is up, else an IPv6 address that is
/// valid beyond its own cable, else the IPv4 address that it gave itself. `None` without a network.
pub fn address() -> Option<String> {
    let addresses = getifaddrs().ok()?.filter_map(|found| Some((found.flags, ip(&found)?)));
    best(addresses).map(|address| address.to_string())
}

fn ip(found: &InterfaceAddress) -> Option<IpAddr> {
    let address = found.address.as_ref()?;
    let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}

fn best(addresses: impl Iterator<Item = (InterfaceFlags, IpAddr)>) -> Option<IpAddr> {
    let up = addresses.filter(|(flags, _)| {
        flags.contains(InterfaceFlags::IFF_UP) && !flags.contains(InterfaceFlags::IFF_LOOPBACK)
    });
    let ranked = up.filter_map(|(_, address)| {
        let rank = match address {
            IpAddr::V4(v4) if v4.is_link_local() => 2,
            IpAddr::V4(_) => 0,
            IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_loopback() => return None,
            IpAddr::V6(_) => 1,
        };
        Some((rank, address))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn celsius(zones: &[(&str, &str)]) -> Option<f32> {
        let folder = tempfile::tempdir().unwrap();
        for (number, (kind, temperature)) in zones.iter().enumerate() {
            let zone = folder.path().join(format!("thermal_zone{number}"));
            fs::create_dir(&zone).unwrap();
            fs::write(zone.join("type"), format!("{kind}\n")).unwrap();
            fs::write(zone.join("temp"), format!("{temperature}\n")).unwrap();
        }
        celsius_in(folder.path())
    }

    #[test]
    fn the_processors_own_sensor_comes_first() {
        assert_eq!(
            celsius(&[("acpitz", "61000"), ("soc-thermal", "50000"), ("cpu-thermal", "45500")]),
            Some(45.5)
        );
        assert_eq!(celsius(&[("acpitz", "61000"), ("soc-thermal", "50000")]), Some(50.0));
        assert_eq!(celsius(&[("cpu0", "40000"), ("cpu1", "42000"), ("cpu2", "off")]), Some(42.0));
        assert_eq!(celsius(&[("acpitz", "27800"), ("cpu-thermal", "-274000")]), Some(27.8));
        assert_eq!(celsius(&[]), None);
        assert_eq!(celsius_in(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_address_is_one_that_a_technician_can_type() {
        let (up, down) = (InterfaceFlags::IFF_UP, InterfaceFlags::empty());
        let looped = up | InterfaceFlags::IFF_LOOPBACK;
        let best_of = |found: &[(InterfaceFlags, &str)]| {
            best(found.iter().map(|(flags, text)| (*flags, text.parse().unwrap())))
                .map(|found| found.to_string())
        };
        let all = [
            (looped, "127.0.0.1"),
            (looped, "::1"),
            (down, "10.9.9.9"),
            (up, "fe80::1"),
            (up, "169.254.7.7"),
            (up, "2001:db8::7"),
            (up, "192.168.1.20"),
            (up, "10.0.2.15"),
        ];
        assert_eq!(best_of(&all).as_deref(), Some("192.168.1.20"));
        assert_eq!(best_of(&all[..6]).as_deref(), Some("2001:db8::7"));
        assert_eq!(best_of(&all[..5]).as_deref(), Some("169.254.7.7"));
        assert_eq!(best_of(&all[..4]), None);
    }

    #[test]
    fn this_machine_has_an_address_that_can_be_bound_or_none() {
        if let Some(found) = address() {
            std::net::UdpSocket::bind((found.as_str(), 0)).unwrap();
        }
    }
}
