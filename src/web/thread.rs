//! The thread: listens, takes connections in, and serves each.
//!
//! Runs on: web.
use super::app::App;
use super::seats::{Seat, Seats};
use super::settings::{WebError, WebSettings};
use super::shared::Shared;
use super::stall::Impatient;
use super::takes::Shelf;
use super::{route, tls};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};
use tokio_native_tls::TlsAcceptor;

/// All memory is locked, so there is no more of it.
const STACK: usize = 512 * 1024;
/// Threads beside it: one hashes, one lists, one reads for downloads, one draws pictures.
const ASIDE: usize = 4;
/// Between two tries to listen.
const RETRY: Duration = Duration::from_secs(5);
/// How long a head may take, and a connection be idle.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// Largest head, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// A connection that takes nothing for so long is broken off.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts it; what it gives is closed when it has ended.
pub(super) fn spawn(
    settings: WebSettings,
    shared: Arc<Shared>,
    shelf: Arc<dyn Shelf>,
    stand_back: fn(),
) -> Result<Receiver<()>, WebError> {
    let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
    let runtime = runtime(stand_back).map_err(WebError::Thread)?;
    let (alive, ended) = channel();
    let main = move || {
        stand_back();
        let app = Arc::new(App::new(settings, shared, shelf));
        whole(runtime, app, tls, alive);
    };
    std::thread::Builder::new().name("web".into()).stack_size(STACK).spawn(main).map_err(WebError::Thread)?;
    Ok(ended)
}

fn runtime(stand_back: fn()) -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.max_blocking_threads(ASIDE).thread_name("web-files").thread_stack_size(STACK);
    builder.thread_keep_alive(Duration::from_secs(10)).on_thread_start(stand_back).enable_all().build()
}

fn whole(runtime: Runtime, app: Arc<App>, tls: Option<TlsAcceptor>, alive: Sender<()>) {
    runtime.block_on(async {
        tokio::select! {
            () = serve(&app, tls) => {}
            () = app.shared.ended() => {}
        }
    });
    // A medium that hangs is not waited for.
    runtime.shutdown_background();
    drop(alive);
}

/// Takes in whoever comes.
async fn serve(app: &Arc<App>, tls: Option<TlsAcceptor>) {
    let listener = listen(app.settings.listen, tls.is_some()).await;
    let seats = Seats::default();
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let Some(seat) = seats.take(from.ip().to_canonical()) else {
                    tracing::debug!("web: {from}: too many connections");
                    continue;
                };
                tokio::spawn(connected(app.clone(), stream, from, (tls.clone(), seat)));
            }
            Err(error) => {
                tracing::debug!("web: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Listens as soon as it can: the address may come later than the box, and recording does not wait for it.
async fn listen(at: SocketAddr, tls: bool) -> TcpListener {
    let mut told = None;
    loop {
        match TcpListener::bind(at).await {
            Ok(listener) => {
                let at = listener.local_addr().unwrap_or(at);
                tracing::info!("web: the page is at http{}://{at}", if tls { "s" } else { "" });
                return listener;
            }
            Err(error) => {
                if told != Some(error.kind()) {
                    tracing::warn!("web.listen: {at}: {error}; trying again every {} s", RETRY.as_secs());
                }
                told = Some(error.kind());
            }
        }
        sleep(RETRY).await;
    }
}

async fn connected(
    app: Arc<App>,
    stream: TcpStream,
    from: SocketAddr,
    (tls, _seat): (Option<TlsAcceptor>, Seat),
) {
    // Meters are small and are not to wait for more.
    let _ = stream.set_nodelay(true);
    let stream = Impatient::new(stream, PATIENCE);
    match tls {
        None => talk(app, stream, from).await,
        Some(tls) => match timeout(HEAD_TIME, tls.accept(stream)).await {
            Ok(Ok(stream)) => talk(app, stream, from).await,
            _ => tracing::debug!("web: {from}: no TLS"),
        },
    }
}

/// One request after the other.
async fn talk(app: Arc<App>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, from: SocketAddr) {
    let address = from.ip().to_canonical();
    let service = service_fn(move |request| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(route::answer(app, address, request).await) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD);
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!("web: {from}: {error}");
    }
}
