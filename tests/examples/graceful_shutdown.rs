use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use crate::run::{Run, program, refuses_and_helps};

const EXAMPLE: &str = "graceful_shutdown";

/// A server in a process of its own. Killed when it is dropped, should a test fail.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new(program(EXAMPLE))
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("{line:?}"));
        Self {
            address: address.parse().unwrap(),
            child,
            stdout,
        }
    }

    /// Waits until it says that it stops, which it does when no runtime takes clients any more.
    #[track_caller]
    fn is_stopping(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let reason = line.trim().strip_prefix("stopping: ");
        reason.unwrap_or_else(|| panic!("{line:?}")).to_owned()
    }

    #[track_caller]
    fn is_running(&mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "it has ended");
    }

    /// What it left behind, once it has ended.
    fn ends(mut self) -> Run {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut stderr).unwrap();
        let status = self.child.wait().unwrap().code();
        Run {
            status,
            stdout,
            stderr,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

struct Client(TcpStream);

impl Client {
    fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).expect("the server listens");
        // So that a test fails rather than hangs.
        let limit = Some(Duration::from_secs(60));
        stream.set_read_timeout(limit).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    #[track_caller]
    fn receives(&mut self, text: &str) {
        let mut received = vec![0; text.len()];
        self.0.read_exact(&mut received).unwrap();
        assert_eq!(String::from_utf8_lossy(&received), text);
    }

    /// A line there and back, so the server has this client.
    #[track_caller]
    fn echoes(&mut self, line: &str) {
        self.send(line);
        self.receives(line);
    }

    /// The server has closed the connection and sent nothing more.
    #[track_caller]
    fn is_closed(&mut self) {
        let mut rest = Vec::new();
        // Other than `read`, it tries again when a signal interrupts it.
        if let Err(error) = self.0.read_to_end(&mut rest) {
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
                ),
                "{error}"
            );
        }
        assert_eq!(String::from_utf8_lossy(&rest), "", "more was sent");
    }
}

#[test]
fn quit_in_the_middle_of_lines_then_those_are_finished_and_it_exits_with_0() {
    let mut server = Server::start(&["--threads", "3", "--drain", "60"]);
    let mut clients: Vec<_> = (0..10).map(|_| Client::connect(&server)).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        // One send, and so the answer to the first line says that the second has begun.
        client.send(&format!("one {number}\ntwo"));
        client.receives(&format!("one {number}\n"));
    }
    let mut idle = Client::connect(&server);
    idle.echoes("idle\n");
    let mut last = Client::connect(&server);
    last.echoes("quit\n");

    // Those of which nothing is under way are let go at once.
    assert_eq!(server.is_stopping(), "it was told to");
    idle.is_closed();
    last.is_closed();
    for (number, client) in clients.iter_mut().enumerate() {
        server.is_running();
        client.send(&format!(" of {number}\n"));
        client.receives(&format!("two of {number}\n"));
        client.is_closed();
    }

    let run = server.ends().exits_with(0);
    assert_eq!(run.figure("connections"), 12);
    assert_eq!(run.figure("lines"), 22);
    assert_eq!(run.figure("cut off"), 0);
    assert_eq!(run.stderr, "");
}

#[test]
fn quit_then_whoever_connects_is_not_served_while_others_are_finished() {
    let mut server = Server::start(&["--threads", "2", "--drain", "60"]);
    let mut begun = Client::connect(&server);
    begun.send("one\ntwo");
    begun.receives("one\n");
    Client::connect(&server).echoes("quit\n");
    server.is_stopping();

    for _ in 0..5 {
        match TcpStream::connect(server.address) {
            Ok(stream) => {
                let mut late = Client(stream);
                let limit = Some(Duration::from_secs(60));
                late.0.set_read_timeout(limit).unwrap();
                // It may be reset by now, before this is sent or after.
                late.0.write_all(b"late\n").ok();
                late.is_closed();
            }
            // Reset where the listener was closed between the handshake and the return of
            // `connect`.
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
                ),
                "{error}"
            ),
        }
    }
    server.is_running();
    begun.send("\n");
    begun.receives("two\n");

    let run = server.ends().exits_with(0);
    assert_eq!(run.figure("connections"), 2);
    assert_eq!(run.figure("lines"), 3);
}

#[test]
fn deadline_passes_while_a_line_is_under_way_then_it_is_cut_off_and_it_exits_with_2() {
    let mut server = Server::start(&["--threads", "2", "--drain", "0.2"]);
    let mut never_ends = Client::connect(&server);
    never_ends.send("one\ntwo");
    never_ends.receives("one\n");
    Client::connect(&server).echoes("quit\n");

    server.is_stopping();
    never_ends.is_closed();

    let run = server.ends().exits_with(2);
    assert_eq!(run.figure("cut off"), 1);
    assert_eq!(run.figure("connections"), 2);
}

#[test]
fn client_leaves_in_the_middle_of_a_line_then_nothing_is_under_way() {
    let server = Server::start(&["--threads", "2", "--drain", "60"]);
    let mut leaves = Client::connect(&server);
    leaves.send("one\ntwo");
    leaves.receives("one\n");
    drop(leaves);
    Client::connect(&server).echoes("quit\n");
    assert_eq!(server.ends().exits_with(0).figure("cut off"), 0);
}

#[test]
fn many_idle_connections_are_told_at_once() {
    // More a runtime than compio can be woken for from outside.
    let server = Server::start(&["--threads", "1", "--drain", "60"]);
    let mut clients: Vec<_> = (0..200).map(|_| Client::connect(&server)).collect();
    for client in &mut clients {
        client.echoes("idle\n");
    }
    clients[0].echoes("quit\n");
    for client in &mut clients {
        client.is_closed();
    }
    let run = server.ends().exits_with(0);
    assert_eq!(run.figure("connections"), 200);
    assert_eq!(run.figure("lines"), 201);
}

#[test]
fn time_is_up_then_it_stops_by_itself() {
    let mut server = Server::start(&["--threads", "2", "--for", "0.1"]);
    assert_eq!(server.is_stopping(), "time is up");
    let run = server.ends().exits_with(0);
    assert_eq!(run.figure("connections"), 0);
}

#[test]
#[cfg(unix)]
fn interrupt_in_the_middle_of_a_line_then_that_is_finished() {
    let mut server = Server::start(&["--threads", "2", "--drain", "60"]);
    let mut begun = Client::connect(&server);
    begun.send("one\ntwo");
    begun.receives("one\n");
    let pid = server.child.id().to_string();
    let interrupt = Command::new("kill").args(["-INT", &pid]).status();
    assert!(interrupt.unwrap().success());

    assert_eq!(server.is_stopping(), "it was told to");
    begun.send("\n");
    begun.receives("two\n");
    begun.is_closed();
    assert_eq!(server.ends().exits_with(0).figure("lines"), 2);
}

#[test]
fn an_address_in_use_is_an_error() {
    let server = Server::start(&["--threads", "1", "--for", "60"]);
    let address = server.address.to_string();
    let run = Run::of(EXAMPLE, ["--listen", &address]).exits_with(1);
    assert!(!run.stderr.is_empty());
}

#[test]
fn wrong_arguments_are_refused_and_help_is_given() {
    let wrong: &[&[&str]] = &[
        &["value"],
        &["--no-such-option"],
        &["--threads", "0"],
        &["--for", "-1"],
        &["--drain", "soon"],
        &["--listen", "nowhere"],
    ];
    refuses_and_helps(EXAMPLE, wrong);
}
