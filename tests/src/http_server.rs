//! A server on a thread of its own, for tests that are not asynchronous.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    thread,
};

use axum::Router;
use tokio::{runtime, sync::oneshot};

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub(crate) struct HttpServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl HttpServer {
    /// Serves what comes in at `listener`.
    pub(crate) fn start(listener: TcpListener, router: Router) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made");
            runtime.block_on(async {
                let listener =
                    tokio::net::TcpListener::from_std(listener).expect("the listener is sound");
                // Requests that hang must not keep the server from stopping.
                tokio::select! {
                    result = async { axum::serve(listener, router).await } => {
                        result.expect("serving never fails");
                    }
                    _ = stopped => {}
                }
            });
        });
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the server's end, which does not come by itself.
    pub(crate) fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        if let (Some(stop), Some(thread)) = (self.stop.take(), self.thread.take()) {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}
