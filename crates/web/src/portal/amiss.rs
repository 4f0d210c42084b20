//! What is not as it should be with somebody's apps: said on the pages where one would look.

use valetkey_domain::Timestamp;

use crate::Portal;
use crate::failure::Failure;
use crate::page::used_how;
use crate::visit::Visit;

/// What `amiss.html` says.
pub(crate) struct Amiss {
    /// That apps still try what has ended, and how many of these there are.
    pub(crate) still_tried: Option<String>,
    /// When and how an app sent the primary password.
    pub(crate) primary: Option<(Timestamp, String)>,
}

impl Amiss {
    /// With the apps of whoever is there.
    pub(crate) async fn of(portal: &Portal, visit: &Visit) -> Result<Self, Failure> {
        let (session, w) = (visit.signed_in()?, &visit.words);
        let found = portal.accounts.amiss(&session.actor(), session.account).await?;
        let count = found.still_tried;
        let still_tried = (count > 0).then(|| w.count("amiss-tried", "count", &count));
        let primary = found.primary_password_seen.map(|seen| (seen.at, used_how(w, &seen)));
        Ok(Self { still_tried, primary })
    }
}
