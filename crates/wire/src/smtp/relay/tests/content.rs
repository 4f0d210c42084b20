//! Messages, whole and in chunks.

use super::*;

/// What the world calls SMTP smuggling: no server behind may see the end of a message where its app sent none.
#[test]
fn a_message_ends_where_every_server_sees_its_end() {
    for ambiguous in [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r\n.\n",
        "\r\n.\r",
        "\r.\r\n",
        "\r.\n",
        "\n",
        "\r",
        "\r\n.\r\r\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\r\n.\r\n",
        "\n\n.\r\n",
    ] {
        let sent = format!("Subject: x\r\n\r\nhello{ambiguous}x\r\nMAIL FROM:<root@evil.example>\r\n.\r\nQUIT\r\n");
        for size in [1, 2, 7, sent.len()] {
            let mut talk = Talk::in_content();
            talk.heard();
            let upstream: String =
                sent.as_bytes().chunks(size).map(|piece| talk.app(&String::from_utf8_lossy(piece))).collect();
            assert_eq!(talk.closed, Some(ClosedBecause::BareLineEnd), "{ambiguous:?}");
            assert_eq!(talk.heard(), "521 5.5.2 Lines must end in CR LF.\r\n", "{ambiguous:?}");
            let sound = "Subject: x\r\n\r\nhello\r\n";
            assert!(sound.starts_with(&upstream), "{ambiguous:?}: {upstream:?} goes upstream");
            assert_eq!(talk.relay.client_said(b".\r\n"), Client::Close(ClosedBecause::BareLineEnd), "for good");
        }
    }
}

#[test]
fn the_last_dot_goes_upstream_whole_or_not_at_all() {
    let mut talk = Talk::in_content();
    assert_eq!(talk.app("hello\r\n."), "hello\r\n");
    assert_eq!(talk.app("\r"), "");
    assert!(talk.relay.is_between_lines(), "421 can be said: the server has no message");
    assert_eq!(talk.app("\n"), ".\r\n");
    assert!(!talk.relay.is_between_lines(), "the server may have taken it: nobody tells the app to send it again");
    assert_eq!(talk.app("NOOP\r\nVRFY x\r\n"), "NOOP\r\n");
    assert!(!talk.relay.is_between_lines());
    talk.server("250 queued\r\n");
    assert!(talk.relay.is_between_lines());
    let mut talk = Talk::in_content();
    assert_eq!(talk.app(".\r\n"), ".\r\n", "a message of nothing");
    talk.server("250 queued\r\n");
    assert_eq!(talk.app(".\r\n"), "");
    assert_eq!(talk.heard(), "500 5.5.2 Invalid command.\r\n");
}

#[test]
fn chunks_pass_as_they_are_once_the_server_has_to_take_them() {
    let mut talk = Talk::new();
    assert_eq!(talk.app(&format!("{MAIL}{RCPT}BDAT 12\r\na\n.\r\nXCLIENTbdat 0 last\r\n")), format!("{MAIL}{RCPT}"));
    assert!(!talk.relay.listens_to_client());
    talk.server("250 ok\r\n250 ok\r\n");
    assert_eq!(taken(&mut talk.upstream), "BDAT 12\r\na\n.\r\nXCLIENT");
    assert!(talk.relay.is_between_lines(), "it is not the last chunk");
    talk.server("250 chunk\r\n");
    assert_eq!(taken(&mut talk.upstream), "BDAT 0 LAST\r\n");
    assert!(!talk.relay.is_between_lines());
    assert_eq!(talk.server("250 queued\r\n"), "250 queued\r\n");
    assert_eq!(talk.app("BDAT 4\r\nQUITNOOP\r\n"), "NOOP\r\n", "the message is over");
    assert!(talk.heard().starts_with("503 5.5.1"));
}

#[test]
fn a_last_chunk_can_be_cut_short_until_its_last_byte_has_passed() {
    let mut talk = Talk::in_transaction();
    assert_eq!(talk.app("BDAT 4 LAST\r\nabc"), "BDAT 4 LAST\r\nabc");
    assert!(talk.relay.is_between_lines());
    assert_eq!(talk.app("d"), "d");
    assert!(!talk.relay.is_between_lines());
    // One who answers what it does not have yet may take the rest for commands.
    let mut talk = Talk::in_transaction();
    talk.app("BDAT 30 LAST\r\nabc");
    talk.server("552 too large\r\n");
    assert_eq!(talk.closed, Some(ClosedBecause::ServerOutOfStep));
}

/// A server that does not know BDAT, or wants none now, would read what is in a chunk as commands.
#[test]
fn a_chunk_that_the_server_need_not_take_does_not_go_there() {
    let chunk = "BDAT 17\r\nXCLIENT LOGIN=b\r\n";
    let mut talk = Talk::with(&["PIPELINING"]);
    talk.app(&format!("{MAIL}{RCPT}"));
    talk.server("250 ok\r\n250 ok\r\n");
    assert_eq!(talk.app(chunk), "");
    assert_eq!(talk.heard(), "502 5.5.1 Chunks are not taken here.\r\n");
    for answers in ["550 no\r\n503 no\r\n", "250 ok\r\n550 no\r\n"] {
        let mut talk = Talk::new();
        assert_eq!(talk.app(&format!("{MAIL}{RCPT}{chunk}NOOP\r\n")), format!("{MAIL}{RCPT}"));
        assert!(talk.server(answers).ends_with("503 5.5.1 No chunk is expected.\r\n"));
        assert_eq!(taken(&mut talk.upstream), "NOOP\r\n");
    }
    // After a refused one there is no other (RFC 3030 section 2).
    let mut talk = Talk::in_transaction();
    assert_eq!(talk.app("BDAT 1\r\naBDAT 1 LAST\r\nb"), "BDAT 1\r\na");
    talk.server("452 full\r\n");
    assert_eq!((taken(&mut talk.upstream), talk.relay.queue.len()), (String::new(), 0));
    let mut talk = Talk::in_transaction();
    talk.app("BDAT 1\r\na");
    talk.server("250 ok\r\n");
    assert_eq!(talk.app("DATA\r\n"), "", "not both in one message");
    talk.server("");
    assert_eq!(talk.app("RSET\r\nBDAT 1\r\nb"), "RSET\r\n");
}

#[test]
fn a_chunk_of_unknown_size_ends_the_conversation() {
    for bad in
        ["", " ", " x", " -1", " +1", " 1 2", " 1 LAST x", " 0x5", " 1LAST", " 2147483648", " 99999999999", " 1  LAST"]
    {
        let mut talk = Talk::in_transaction();
        talk.heard();
        assert_eq!(talk.app(&format!("BDAT{bad}\r\nXCLIENT LOGIN=b\r\n")), "", "{bad:?}");
        assert_eq!(talk.closed, Some(ClosedBecause::UnknownSize), "{bad:?}");
        assert_eq!(talk.heard(), "501 5.5.4 Syntax: BDAT size [LAST].\r\n");
    }
}
