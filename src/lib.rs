//! Vestry: firmware of a rack box that records six inputs.
//!
//! Imports point down only, and each folder says which thread runs it.
//!
//! Runs on: main; what runs elsewhere is in the table.
//!
//! | module | runs on | does |
//! |---|---|---|
//! | [`supervisor`] | supervisor | joins everything below; policy, signals, status |
//! | [`record`] | writer | takes on disk: state machine, wave files, recovery |
//! | [`play`] | supervisor, player, streams | clips: decoding, pitch and length, cache; pads, voices and what a press does, a take's transport: pure |
//! | [`deliver`] | delivery | takes copied to somewhere else, compared there |
//! | [`guard`] | supervisor | whether what comes in is what should: channel order, health of inputs; pure |
//! | [`panel`] | supervisor | what a person sees and presses: pure |
//! | [`telemetry`] | supervisor, mqtt | what a technician sees and asks for: pure, but for the broker's thread |
//! | [`web`] | supervisor, web | the page: who may, what it shows, takes that it gives away |
//! | [`rt_io`] | rt, main before it | the period loop against ALSA or files |
//! | [`hal`] | supervisor | keys and screen of the terminal; buttons, lamps, service manager |
//! | [`config`] | main | the configuration file and its checks |
//! | [`rt`] | rt | what happens in one period (crate `vestry-rt`) |
//!
//! | thread | policy | may block on |
//! |---|---|---|
//! | rt | SCHED_FIFO on the isolated core | the PCM's poll only |
//! | writer, one a medium | normal | its medium |
//! | player, where `player.dir` is set | normal; a press never waits for it | the clips' medium |
//! | streams | normal; reads ahead of the voices | the medium of the clips and takes that play |
//! | soundcheck, while a take is opened for one | nice 10 | the takes' medium |
//! | repair, one a medium | normal, after a take has begun: repairs at the start and when a medium is back, then room and other chores on closed takes | the same medium |
//! | scenes | nice 10, at the start and while a scene is saved or deleted | the medium |
//! | schedule | nice 10, at the start and while the calendar or what a person did is kept | the medium |
//! | delivery, where `delivery.target` is set | nice 19; waits while a writer is behind | the first medium, the network |
//! | loudness | nice 10; one that falls behind misses sound, which nothing else notices | nothing |
//! | self-test | nice 10, some seconds after the first take has begun and when asked for | the medium |
//! | supervisor (the process's first) | nice 10 | poll with a timeout |
//! | display | normal | the I2C bus, whose transfers can hang for seconds |
//! | mqtt | normal | the network; `mqtt-names` beside it while a name is looked up |
//! | web, where `web.listen` is set | nice 10 | the file of its password, at the start; `web-files`, four at most, beside it: the takes' media, and a password's hash |
pub use vestry_rt as rt;

pub mod config;
pub mod deliver;
pub mod guard;
pub mod hal;
pub mod panel;
pub mod play;
pub mod record;
pub mod rt_io;
pub mod supervisor;
pub mod telemetry;
pub mod web;
