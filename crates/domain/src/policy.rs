//! Who may do what: one table, to be read and reviewed as a whole.
//!
//! A use-case that changes something takes a [`Permit`] for it, and [`permit`] is the only source of those.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::{AccountId, Kind, Role, Timestamp};

/// How long a second factor counts as just shown.
pub const STEP_UP: Duration = Duration::from_mins(10);
/// How long ago at most whoever begins to fill a form in has shown one: not so late that it is over before they are done.
pub const STEP_UP_FOR_A_FORM: Duration = Duration::from_mins(5);

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody signed in to the portal.
    Holder {
        /// Their own account.
        account: AccountId,
        /// Their role, as their session's last look at the store had it.
        role: Option<Role>,
        /// When they last showed a second factor.
        second_factor_at: Option<Timestamp>,
    },
    /// Somebody at the server's own command line.
    Operator {
        /// Their user id on that machine.
        uid: u32,
    },
    /// Valetkey itself, when a time has come.
    System,
}

/// How the audit log names an actor.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder { account, .. } => write!(f, "account:{account}"),
            Self::Operator { uid } => write!(f, "operator:{uid}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// The account that an action is about, as far as the policy looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// A person or a device.
    pub kind: Kind,
    /// Its role.
    pub role: Option<Role>,
}

/// What the postmaster has allowed beyond the defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Whether administrators and the operator may make app passwords for people (and so see them). Off.
    pub admin_may_create: bool,
}

/// What somebody in a certain standing may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    /// Not at all.
    No,
    /// Always.
    Yes,
    /// With a second factor shown within [`STEP_UP`].
    StepUp,
    /// For a device's account, or if [`Rules::admin_may_create`] says so; staff with step-up.
    DeviceOrRule,
    /// For accounts that have no role; with step-up.
    Roleless,
    /// For accounts that have no role, at once.
    RolelessAtOnce,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident: $owner:ident $administrator:ident $helpdesk:ident $auditor:ident $operator:ident $system:ident,)*) => {
        /// Everything that somebody may be allowed or forbidden to do to an account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$action,)*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$action => Row {
                        owner: Right::$owner,
                        administrator: Right::$administrator,
                        helpdesk: Right::$helpdesk,
                        auditor: Right::$auditor,
                        operator: Right::$operator,
                        system: Right::$system,
                    },)*
                }
            }
        }

        /// Each action as a type, for [`Permit`].
        pub mod act {
            $($(#[$doc])* pub struct $action;
            impl super::Act for $action {
                const ACTION: super::Action = super::Action::$action;
            })*
        }
    };
}

struct Row {
    owner: Right,
    administrator: Right,
    helpdesk: Right,
    auditor: Right,
    operator: Right,
    system: Right,
}

// Revoking, signing out and suspending never need step-up: a thief may hold the phone, and stopping must be quick.
// An operator sits at the server as root or as Valetkey's own user; what they may not do is see a person's secret.
actions! {
    //                                        owner   administrator helpdesk  auditor operator      system
    /// Making a new account (the subject is the account to be).
    CreateAccount:                            No      StepUp        Roleless  No      Yes           No,
    /// Seeing an account, its app passwords without their secrets, and its connections.
    SeeAccount:                               Yes     Yes           Yes       Yes     Yes           No,
    /// Reading the audit log.
    SeeAudit:                                 No      Yes           No        Yes     Yes           No,
    /// Giving or taking a role.
    SetRole:                                  No      StepUp        No        No      Yes           No,
    /// Stopping an account.
    SuspendAccount:                           No      Yes           No        No      Yes           No,
    /// Letting a stopped account go on.
    ResumeAccount:                            No      StepUp        No        No      Yes           No,
    /// Deleting an account with everything of its.
    DeleteAccount:                            No      StepUp        No        No      Yes           No,
    /// Giving an account another login name, or taking one.
    ChangeLoginNames:                         No      StepUp        No        No      Yes           No,
    /// Replacing the primary password by one who knows it.
    ChangePrimaryPassword:                    StepUp  No            No        No      No            No,
    /// Replacing the primary password by one who does not.
    ResetPrimaryPassword:                     No      StepUp        Roleless  No      Yes           No,
    /// Replacing the primary password by one who has a link for that and shows a second factor.
    ResetOwnPassword:                         StepUp  No            No        No      No            No,
    /// Adding a second factor, or making new recovery codes.
    EnrolSecondFactor:                        StepUp  No            No        No      Yes           No,
    /// Removing a second factor.
    RemoveSecondFactor:                       StepUp  No            No        No      Yes           Yes,
    /// Having all second factors removed of somebody who lost them: the owner is told, and has time to stop it.
    AskFactorsRemoval:                        No      StepUp        No        No      Yes           No,
    /// Stopping that.
    StopFactorsRemoval:                       Yes     Yes           No        No      Yes           No,
    /// Changing the name and the language, and what the second factors are called.
    ChangeProfile:                            Yes     No            No        No      Yes           No,
    /// Changing where notices go.
    ChangeNoticeAddress:                      StepUp  No            No        No      Yes           No,
    /// Reading what happened to an account lately.
    SeeActivity:                              Yes     Yes           No        Yes     Yes           No,
    /// Making an app password, and so seeing it once.
    CreateAppPassword:                        StepUp  DeviceOrRule  No        No      DeviceOrRule  No,
    /// Letting an app in by OAuth.
    AuthoriseApp:                             StepUp  No            No        No      No            No,
    /// Taking an app's authorisation back.
    RemoveGrant:                              Yes     Yes           RolelessAtOnce No Yes           Yes,
    /// Revoking one app password or all of them.
    RevokeAppPasswords:                       Yes     Yes           RolelessAtOnce No Yes           No,
    /// Signing out a browser or an app.
    SignOut:                                  Yes     Yes           RolelessAtOnce No Yes           No,
    /// Noting that an app password's time is over.
    ExpireAppPassword:                        No      No            No        No      No            Yes,
    /// Noting that the time of an app's authorisation is over.
    ExpireGrant:                              No      No            No        No      No            Yes,
}

/// An action as a type.
pub trait Act {
    /// The action.
    const ACTION: Action;
}

/// The right to do one thing to one account, held by whoever acts. There is no other way to get one than [`permit`].
pub struct Permit<A: Act> {
    account: AccountId,
    actor: Actor,
    act: PhantomData<A>,
}

impl<A: Act> Permit<A> {
    /// The account that it is about.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// Why somebody may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// They may not.
    #[error("you may not do this to this account")]
    Forbidden,
    /// They may, but must show a second factor first.
    #[error("show your second factor first")]
    StepUpNeeded,
    /// Only the owner may see the secret, unless the postmaster allows more.
    #[error(
        "only its owner can make an app password for this account; the setting policy.admin_may_create allows administrators to"
    )]
    OwnerOnly,
}

/// Asks whether the actor may do this to the subject now. Ask inside the transaction that does it.
pub fn permit<A: Act>(actor: &Actor, subject: &Subject, rules: Rules, now: Timestamp) -> Result<Permit<A>, Denied> {
    let verdict = verdict(A::ACTION, actor, subject, rules, now);
    verdict.map(|()| Permit { account: subject.account, actor: actor.clone(), act: PhantomData })
}

/// What the table says, for showing somebody what they may do. It allows nothing by itself: that takes a [`Permit`].
pub fn verdict(action: Action, actor: &Actor, subject: &Subject, rules: Rules, now: Timestamp) -> Result<(), Denied> {
    let row = action.row();
    match actor {
        Actor::System => weigh(row.system, subject, rules, true),
        Actor::Operator { .. } => weigh(row.operator, subject, rules, true),
        Actor::Holder { account, role, second_factor_at } => {
            let stepped_up = second_factor_at.is_some_and(|at| at <= now && now.since(at) <= STEP_UP);
            let as_owner = if *account == subject.account {
                weigh(row.owner, subject, rules, stepped_up)
            } else {
                Err(Denied::Forbidden)
            };
            let as_staff = match role {
                Some(Role::Administrator) => weigh(row.administrator, subject, rules, stepped_up),
                Some(Role::Helpdesk) => weigh(row.helpdesk, subject, rules, stepped_up),
                Some(Role::Auditor) => weigh(row.auditor, subject, rules, stepped_up),
                None => Err(Denied::Forbidden),
            };
            // Who owns the account is told what an owner lacks, not what staff lack.
            as_owner.or_else(|lacking| as_staff.map_err(|e| if lacking == Denied::Forbidden { e } else { lacking }))
        }
    }
}

fn weigh(right: Right, subject: &Subject, rules: Rules, stepped_up: bool) -> Result<(), Denied> {
    let needs_step_up = || if stepped_up { Ok(()) } else { Err(Denied::StepUpNeeded) };
    match right {
        Right::No => Err(Denied::Forbidden),
        Right::Yes => Ok(()),
        Right::StepUp => needs_step_up(),
        Right::Roleless | Right::RolelessAtOnce if subject.role.is_some() => Err(Denied::Forbidden),
        Right::Roleless => needs_step_up(),
        Right::RolelessAtOnce => Ok(()),
        Right::DeviceOrRule if subject.kind == Kind::Device || rules.admin_may_create => needs_step_up(),
        Right::DeviceOrRule => Err(Denied::OwnerOnly),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> AccountId {
        AccountId::from_bytes([n; 16])
    }

    fn holder(account: u8, role: Option<Role>, second_factor_at: Option<i64>) -> Actor {
        Actor::Holder { account: id(account), role, second_factor_at: second_factor_at.map(Timestamp::from_millis) }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn may<A: Act>(actor: &Actor, subject: Subject, rules: Rules) -> &'static str {
        match permit::<A>(actor, &subject, rules, NOW) {
            Ok(_) => "yes",
            Err(Denied::Forbidden) => "-",
            Err(Denied::StepUpNeeded) => "step-up",
            Err(Denied::OwnerOnly) => "owner only",
        }
    }

    /// The table as it works out, for a person's account without a role. Review every line of a change to it.
    #[test]
    fn the_table_works_out_as_reviewed() {
        let subject = Subject { account: id(1), kind: Kind::Person, role: None };
        let actors = [
            ("owner", holder(1, None, None)),
            ("owner, two factors", holder(1, None, Some(999_000))),
            ("stranger", holder(2, None, Some(999_000))),
            ("administrator", holder(2, Some(Role::Administrator), None)),
            ("administrator, two factors", holder(2, Some(Role::Administrator), Some(999_000))),
            ("helpdesk, two factors", holder(2, Some(Role::Helpdesk), Some(999_000))),
            ("auditor, two factors", holder(2, Some(Role::Auditor), Some(999_000))),
            ("operator", Actor::Operator { uid: 0 }),
            ("system", Actor::System),
        ];
        let mut table = String::new();
        macro_rules! line {
            ($($action:ident)*) => {$(
                let cells: Vec<String> = actors.iter()
                    .map(|(name, actor)| (name, may::<act::$action>(actor, subject, Rules::default())))
                    .filter(|(_, verdict)| *verdict != "-")
                    .map(|(name, verdict)| format!("{name}: {verdict}"))
                    .collect();
                table += &format!("{}\n    {}\n", stringify!($action), cells.join("\n    "));
            )*
            // A new action that is missing in this test fails it.
            assert_eq!([$(Action::$action),*].as_slice(), Action::ALL);
            };
        }
        line!(CreateAccount SeeAccount SeeAudit SetRole SuspendAccount ResumeAccount DeleteAccount ChangeLoginNames
            ChangePrimaryPassword ResetPrimaryPassword ResetOwnPassword EnrolSecondFactor RemoveSecondFactor AskFactorsRemoval
            StopFactorsRemoval ChangeProfile ChangeNoticeAddress SeeActivity CreateAppPassword AuthoriseApp RemoveGrant RevokeAppPasswords SignOut
            ExpireAppPassword ExpireGrant);
        insta::assert_snapshot!(table);
    }

    #[test]
    fn nobody_but_the_owner_makes_a_persons_app_password_unless_the_rule_says_so() {
        let person = Subject { account: id(1), kind: Kind::Person, role: None };
        let device = Subject { kind: Kind::Device, ..person };
        let administrator = holder(2, Some(Role::Administrator), Some(999_000));
        let allowed = Rules { admin_may_create: true };
        for actor in [&administrator, &Actor::Operator { uid: 0 }] {
            assert_eq!(may::<act::CreateAppPassword>(actor, person, Rules::default()), "owner only");
            assert_eq!(may::<act::CreateAppPassword>(actor, device, Rules::default()), "yes");
            assert_eq!(may::<act::CreateAppPassword>(actor, person, allowed), "yes");
        }
        let helpdesk = holder(2, Some(Role::Helpdesk), Some(999_000));
        assert_eq!(may::<act::CreateAppPassword>(&helpdesk, device, allowed), "-");
    }

    #[test]
    fn helpdesk_never_touches_an_account_that_has_a_role() {
        let helpdesk = holder(2, Some(Role::Helpdesk), Some(999_000));
        for role in Role::ALL {
            let subject = Subject { account: id(1), kind: Kind::Person, role: Some(*role) };
            assert_eq!(may::<act::ResetPrimaryPassword>(&helpdesk, subject, Rules::default()), "-");
            assert_eq!(may::<act::RevokeAppPasswords>(&helpdesk, subject, Rules::default()), "-");
            assert_eq!(may::<act::CreateAccount>(&helpdesk, subject, Rules::default()), "-");
        }
    }

    #[test]
    fn revoking_never_needs_a_second_factor() {
        let subject = Subject { account: id(1), kind: Kind::Person, role: None };
        for actor in
            [holder(1, None, None), holder(2, Some(Role::Administrator), None), holder(2, Some(Role::Helpdesk), None)]
        {
            assert_eq!(may::<act::RevokeAppPasswords>(&actor, subject, Rules::default()), "yes");
        }
    }

    #[test]
    fn a_second_factor_counts_for_ten_minutes_and_not_from_the_future() {
        let subject = Subject { account: id(1), kind: Kind::Person, role: None };
        for (at, verdict) in [(400_000, "yes"), (399_999, "step-up"), (1_000_000, "yes"), (1_000_001, "step-up")] {
            assert_eq!(
                may::<act::CreateAppPassword>(&holder(1, None, Some(at)), subject, Rules::default()),
                verdict,
                "at {at}"
            );
        }
    }
}
