//! A wire between the box and a server, that counts what goes and can be cut.
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Inside {
    /// Bytes from the box to the server.
    up: AtomicU64,
    cut: AtomicBool,
    server: AtomicU16,
    open: Mutex<Vec<TcpStream>>,
}

pub struct Wire {
    pub port: u16,
    inside: Arc<Inside>,
}

impl Wire {
    /// To the server on `port`.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let inside = Arc::new(Inside { server: AtomicU16::new(port), ..Inside::default() });
        let shared = Arc::clone(&inside);
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (Ok(near), port) = (near, shared.server.load(Ordering::Relaxed)) else { continue };
                if shared.cut.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                shared.join(near, far);
            }
        });
        Self { port: own, inside }
    }

    /// Bytes that went to the server.
    pub fn up(&self) -> u64 {
        self.inside.up.load(Ordering::Relaxed)
    }

    /// Cuts it: what is under way breaks off, and nobody is there.
    pub fn cut(&self) {
        self.inside.cut.store(true, Ordering::Relaxed);
        for stream in self.inside.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Puts it together, to the server on `port` now.
    pub fn mend(&self, port: u16) {
        self.inside.server.store(port, Ordering::Relaxed);
        self.inside.cut.store(false, Ordering::Relaxed);
    }
}

impl Inside {
    fn join(self: &Arc<Self>, near: TcpStream, far: TcpStream) {
        let (up, down) = ((near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near));
        self.open.lock().unwrap().extend([up.0.try_clone().unwrap(), up.1.try_clone().unwrap()]);
        for ((mut from, mut to), counts) in [(up, true), (down, false)] {
            let shared = Arc::clone(self);
            std::thread::spawn(move || {
                let mut buffer = [0; 16 * 1024];
                while let Ok(read @ 1..) = from.read(&mut buffer) {
                    if counts {
                        shared.up.fetch_add(read as u64, Ordering::Relaxed);
                    }
                    if to.write_all(&buffer[..read]).is_err() {
                        break;
                    }
                }
                let _ = (from.shutdown(Shutdown::Read), to.shutdown(Shutdown::Write));
            });
        }
    }
}
