//! From the configuration to what the engine is built of: shape, pool and the first commands.
//!
//! Runs on: main.
use crate::config::{Config, Lane, RoutingMode};
use crate::rt_io::pool::PoolSize;
use vestry_rt::engine::Shape;
use vestry_rt::message::{Bus, Command, Gain, Tap};

/// Time that a change of a level takes: long enough to be no click, short enough to feel immediate.
const RAMP_MS: u32 = 10;

/// The engine's fixed shape.
pub fn shape(config: &Config) -> Shape {
    Shape {
        inputs: config.inputs,
        capture_map: map(&config.device.capture_map),
        outputs: config.outputs,
        playback_map: map(&config.device.playback_map),
        record_mix: config.recording.mix,
        ramp_frames: config.sample_rate * RAMP_MS / 1000,
        period_ns: (config.frames_per_period as u64 * 1_000_000_000 / u64::from(config.sample_rate)) as u32,
    }
}

/// A pool for `record_pool_seconds` and, beside that, the pre-roll that the writer holds back.
pub fn pool(config: &Config) -> PoolSize {
    let lanes = config.inputs + if config.recording.mix { 2 } else { 0 };
    let seconds = f64::from(config.record_pool_seconds) + config.recording.preroll_s;
    PoolSize::for_seconds(lanes, seconds, config.sample_rate)
}

/// The console as it is before the first period.
pub fn commands(config: &Config) -> Vec<Command> {
    let lanes = config.lanes();
    let mut commands: Vec<Command> = (0..).zip(&lanes).flat_map(|(input, lane)| strip(input, lane)).collect();
    if config.routing_mode == RoutingMode::Simple {
        commands.push(Command::Select(index(config.selected_channel)));
    } else {
        let route = |route: &crate::config::Route| {
            Command::Route(Bus::Output(index(route.output)), index(route.input), Gain(route.level))
        };
        commands.extend(config.default_routes.iter().map(route));
    }
    for (output, send) in (0..).zip(config.sends()) {
        commands.push(Command::OutputGain(output, Gain(send.gain.to_gain())));
        commands.extend(send.monitor.map(|level| Command::MonitorTo(output, Gain(level.to_gain()))));
    }
    commands.push(Command::LatencyMonitor(config.enable_latency_monitor));
    commands
}

fn strip(input: u8, lane: &Lane) -> Vec<Command> {
    let (left, right) = lane.pan.to_gains();
    let mix = lane.mix.to_gain();
    let mut commands = vec![
        Command::Gain(input, Gain(lane.gain.to_gain())),
        Command::Mute(input, lane.mute),
        Command::Invert(input, lane.invert),
        Command::Tap(input, Tap::from(lane.tap)),
        Command::Route(Bus::MixLeft, input, Gain(mix * left)),
        Command::Route(Bus::MixRight, input, Gain(mix * right)),
    ];
    commands.extend(lane.monitor.map(|level| Command::Route(Bus::Monitor, input, Gain(level.to_gain()))));
    commands
}

/// Channels of the card from 0; in order where the file names none.
fn map<const N: usize>(channels: &[usize]) -> [u8; N] {
    std::array::from_fn(|at| channels.get(at).map_or(at as u8, |channel| index(*channel)))
}

/// From counting in the file, from 1, to counting in the engine, from 0.
fn index(number: usize) -> u8 {
    u8::try_from(number.saturating_sub(1)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_board_selects_its_first_input_and_pans_its_mix() {
        let commands = commands(&crate::config::board::sim().unwrap());
        assert!(commands.contains(&Command::Select(0)));
        assert!(commands.contains(&Command::MonitorTo(1, Gain(1.0))));
        let left = commands.iter().find_map(|command| match command {
            Command::Route(Bus::MixLeft, 4, level) => Some(level.0),
            _ => None,
        });
        assert!(left.is_some_and(|level| level.abs() < 1e-6), "Rear Right is not on the left: {left:?}");
    }

    #[test]
    fn matrix_mode_has_its_routes_and_no_monitor() {
        let text = "routing_mode = \"matrix\"\ndefault_routes = [{ input = 2, output = 1, level = 0.5 }]\n\
                    [device]\nkind = \"offline\"";
        let commands = commands(&crate::config::parse("test", text).unwrap());
        assert!(commands.contains(&Command::Route(Bus::Output(0), 1, Gain(0.5))));
        assert!(
            !commands.iter().any(|command| matches!(command, Command::MonitorTo(..) | Command::Select(_)))
        );
    }
}
