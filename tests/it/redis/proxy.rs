//! Stands between a client and a server: counts what is asked, and can lose an answer together with the connection.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct State {
    /// Times that the client spoke after the server had.
    trips: AtomicUsize,
    /// Whether the server spoke last.
    served: AtomicBool,
    /// Whether the next answer is lost.
    losing: AtomicBool,
    lost: AtomicUsize,
    /// What the client said.
    said: Mutex<Vec<u8>>,
}

pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

impl Proxy {
    /// In front of the server at this port of this machine.
    pub(crate) fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", server)))
                else {
                    continue;
                };
                let (ours, theirs) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (asking, answering) = (Arc::clone(&shared), Arc::clone(&shared));
                std::thread::spawn(move || ask(ours, theirs, &asking));
                std::thread::spawn(move || answer(server, client, &answering));
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn trips(&self) -> usize {
        self.state.trips.load(Ordering::SeqCst)
    }

    /// What the client said since it was asked for last.
    pub(crate) fn said(&self) -> String {
        let said = std::mem::take(&mut *self.state.said.lock().unwrap());
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The next answer does not arrive: the connection is cut instead.
    pub(crate) fn lose_next_answer(&self) {
        self.state.losing.store(true, Ordering::SeqCst);
    }

    pub(crate) fn lost(&self) -> usize {
        self.state.lost.load(Ordering::SeqCst)
    }
}

fn ask(mut client: TcpStream, mut server: TcpStream, state: &State) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        if state.served.swap(false, Ordering::SeqCst) {
            state.trips.fetch_add(1, Ordering::SeqCst);
        }
        state.said.lock().unwrap().extend_from_slice(&bytes[..count]);
        if server.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    drop(server.shutdown(Shutdown::Both));
}

fn answer(mut server: TcpStream, mut client: TcpStream, state: &State) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        if state.losing.swap(false, Ordering::SeqCst) {
            state.lost.fetch_add(1, Ordering::SeqCst);
            break;
        }
        state.served.store(true, Ordering::SeqCst);
        if client.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    drop(client.shutdown(Shutdown::Both));
    drop(server.shutdown(Shutdown::Both));
}
