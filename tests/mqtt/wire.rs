//! The cable between box and broker: whole, cut, or swallowing what goes through.
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    Whole,
    /// Connections end, and none begins.
    Cut,
    /// Everything goes in, nothing comes out.
    Swallows,
}

struct State {
    cable: Cable,
    streams: Vec<TcpStream>,
}

pub struct Wire {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Wire {
    pub fn to(broker: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { cable: Cable::Whole, streams: Vec::new() }));
        let shared = state.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let cut = shared.lock().unwrap().cable == Cable::Cut;
                match TcpStream::connect(("127.0.0.1", broker)) {
                    Ok(far) if !cut => join(&shared, &near, &far),
                    _ => drop(near),
                }
            }
        });
        Self { port, state }
    }

    pub fn is(&self, cable: Cable) {
        let mut state = self.state.lock().unwrap();
        state.cable = cable;
        if cable == Cable::Cut {
            state.streams.drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }
}

fn join(shared: &Arc<Mutex<State>>, near: &TcpStream, far: &TcpStream) {
    for (from, to) in [(near, far), (far, near)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        shared.lock().unwrap().streams.push(from.try_clone().unwrap());
        let shared = shared.clone();
        std::thread::spawn(move || carry(&shared, from, to));
    }
}

fn carry(shared: &Mutex<State>, mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let swallows = shared.lock().unwrap().cable == Cable::Swallows;
        if !swallows && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
