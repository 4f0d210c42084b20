//! vdirsyncer as a calendar app, by the gateway.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::{Outcome, Ran, Smoke, output};
use crate::tryout::process::find;

/// The collection that is synced.
const CALENDAR: &str = "smoke";
const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Valetkey//Tour//EN\r\nBEGIN:VEVENT\r\nUID:tour\r\n\
    DTSTAMP:20261121T080000Z\r\nDTSTART:20261121T160000Z\r\nSUMMARY:Tea with Bob\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// What it does while its app password is good. Where it is not installed, that is left out.
pub(super) fn sync(smoke: &mut Smoke<'_>, secret: &str) {
    if find("vdirsyncer").is_some() {
        smoke.step("sync a calendar with vdirsyncer", |s| carries_up(s, secret));
    } else {
        smoke.leave_out("syncing a calendar", "this machine lacks vdirsyncer");
    }
}

/// What it does after the revoke.
pub(super) fn is_refused(smoke: &mut Smoke<'_>) {
    if find("vdirsyncer").is_some() {
        smoke.step("vdirsyncer is refused", |s| match vdirsyncer(s, "sync")? {
            (_, complained, 1..) if complained.contains("401") || complained.contains("Unauthorized") => {
                Ok("401".into())
            }
            other => Err(shown(other)),
        });
    }
}

/// Makes a calendar there and one here with an event, and has vdirsyncer make them alike.
fn carries_up(smoke: &Smoke<'_>, secret: &str) -> Outcome {
    let gateway = smoke.tryout.endpoint("dav_gateway").ok_or("the gateway listens for no calendars")?;
    let (login, calendar) = (smoke.login(), format!("{gateway}{}/{CALENDAR}/", smoke.login()));
    let user = format!("{login}:{secret}");
    let made = smoke.curl(&["-w", "%{http_code}", "-X", "MKCALENDAR", "-u", &user, &calendar])?;
    if made.0 != "201" {
        return Err(shown(made));
    }
    set_up(smoke, gateway, &login, secret).map_err(|e| e.to_string())?;
    for command in ["discover", "sync"] {
        let ran = vdirsyncer(smoke, command)?;
        if ran.2 != 0 {
            return Err(shown(ran));
        }
    }
    let there = smoke.curl(&["-u", &user, &calendar])?;
    if there.0.contains("SUMMARY:Tea with Bob") { Ok("1 event went up".into()) } else { Err(shown(there)) }
}

fn set_up(smoke: &Smoke<'_>, gateway: &str, login: &str, secret: &str) -> std::io::Result<()> {
    let directory = directory(smoke);
    let here = directory.join("here");
    std::fs::create_dir_all(here.join(CALENDAR))?;
    std::fs::write(here.join(CALENDAR).join("tour.ics"), EVENT)?;
    // It reads values as JSON.
    let [status, here, ca] = [directory.join("status"), here, smoke.tryout.directory.path("ca.pem")].map(|p| json!(p));
    let text = format!(
        "[general]\nstatus_path = {status}\n\n[pair tour]\na = \"here\"\nb = \"there\"\ncollections = [\"{CALENDAR}\"]\n\n\
         [storage here]\ntype = \"filesystem\"\npath = {here}\nfileext = \".ics\"\n\n\
         [storage there]\ntype = \"caldav\"\nurl = {}\nusername = {}\npassword = {}\nverify = {ca}\n",
        json!(gateway),
        json!(login),
        json!(secret),
    );
    std::fs::write(directory.join("config"), text)
}

fn directory(smoke: &Smoke<'_>) -> PathBuf {
    smoke.tryout.directory.path("vdirsyncer")
}

fn vdirsyncer(smoke: &Smoke<'_>, command: &str) -> Result<Ran, String> {
    let program = find("vdirsyncer").ok_or("vdirsyncer is gone")?;
    output(Command::new(program).arg("--config").arg(directory(smoke).join("config")).arg(command))
}

fn shown((said, complained, code): Ran) -> String {
    format!("exit {code}: {complained}{said}")
}
