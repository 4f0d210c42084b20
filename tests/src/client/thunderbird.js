// What a person does in Thunderbird, done in its own windows and by its own services. The first argument names the deed.
// While a dialog is open none is begun, and if one opens meanwhile its answer is lost and it is done again: what opens
// dialogs is only set going here, and the rest may be done twice.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

const main = () => Services.wm.getMostRecentWindow("mail:3pane");
const server = () => MailServices.accounts.defaultAccount.incomingServer;
const inbox = () => server().rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
const create = (contract, type) => Cc[contract].createInstance(type);
const until = (target, event) => new Promise(seen => target.addEventListener(event, () => seen(target), { once: true }));

const deeds = {
  async isReady() {
    return Boolean(main()?.msgWindow && main().document.readyState === "complete");
  },

  // Trusts an authority, and answers dialogs as somebody would who sits there: to a refusal with a new password, for
  // which the one in `types` is typed; without one, not at all.
  async sitDown(authority) {
    const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    certificates.addCertFromBase64(authority.replace(/-----.*-----|\s/g, ""), "C,,");
    const person = { read: [], types: null, sent: "" };
    main().valetkeyPerson = person;
    const answer = ({ args, ui }) => {
      if (args.promptType === "promptPassword" && person.types) {
        ui.password1Textbox.value = person.types;
        ui.button0.click();
      } else if (args.promptType === "confirmEx" && args.button2Label) {
        ui.button2.click();
      } else if (args.promptType === "alert") {
        ui.button0.click();
      } else {
        ui.button1.click();
      }
    };
    Services.obs.addObserver(({ Dialog: dialog }) => {
      person.read.push([dialog.args.text, dialog.args.button2Label ?? ""].join("|"));
      setTimeout(() => answer(dialog), 0);
    }, "common-dialog-loaded");
  },

  async addAccount({ login, secret, imap, smtp, socketType }) {
    const passwordInClear = 3;
    const incoming = MailServices.accounts.createIncomingServer(login, "localhost", "imap");
    const outgoing = MailServices.outgoingServer.createServer("smtp");
    outgoing.QueryInterface(Ci.nsISmtpServer).hostname = "localhost";
    outgoing.QueryInterface(Ci.nsISmtpServer).port = smtp;
    outgoing.username = login;
    incoming.port = imap;
    for (const one of [incoming, outgoing]) {
      one.socketType = socketType;
      one.authMethod = passwordInClear;
    }
    const identity = MailServices.accounts.createIdentity();
    identity.email = login;
    identity.smtpServerKey = outgoing.key;
    identity.doFcc = false;
    const account = MailServices.accounts.createAccount();
    account.addIdentity(identity);
    account.incomingServer = incoming;
    MailServices.accounts.defaultAccount = account;
    for (const origin of ["imap://localhost", "smtp://localhost"]) {
      const kept = create("@mozilla.org/login-manager/loginInfo;1", Ci.nsILoginInfo);
      kept.init(origin, null, origin, login, secret, "", "");
      await Services.logins.addLoginAsync(kept);
    }
  },

  // Asks for new mail. Does not wait for it: a dialog may come in between.
  async askForMail() {
    main().valetkeyPerson.code = null;
    const listener = {
      OnStartRunningUrl() {},
      OnStopRunningUrl(_, code) {
        main().valetkeyPerson.code = code;
      },
    };
    setTimeout(() => inbox().getNewMessages(main().msgWindow, listener), 0);
  },

  // How that went: null if it is not over, or Thunderbird's own code.
  async outcome() {
    return main().valetkeyPerson.code;
  },

  async subjects() {
    return [...inbox().messages].map(message => message.subject);
  },

  // A message as it came.
  async source(subject) {
    const uri = inbox().getUriForMsg([...inbox().messages].find(message => message.subject === subject));
    return new Promise(read => {
      let text = "";
      const listener = {
        QueryInterface: ChromeUtils.generateQI(["nsIStreamListener", "nsIRequestObserver"]),
        onStartRequest() {},
        onDataAvailable(_, stream, offset, count) {
          const bytes = create("@mozilla.org/binaryinputstream;1", Ci.nsIBinaryInputStream);
          bytes.setInputStream(stream);
          text += bytes.readBytes(count);
        },
        onStopRequest: () => read(text),
      };
      MailServices.messageServiceFromURI(uri).streamMessage(uri, listener, null, null, false, "", false);
    });
  },

  // Writes a message in a window for it, and presses "Send". Does not wait until it is sent.
  async send(to, subject, body) {
    const fields = create("@mozilla.org/messengercompose/composefields;1", Ci.nsIMsgCompFields);
    Object.assign(fields, { to, subject, body });
    const message = create("@mozilla.org/messengercompose/composeparams;1", Ci.nsIMsgComposeParams);
    message.identity = MailServices.accounts.defaultAccount.defaultIdentity;
    message.composeFields = fields;
    message.format = Ci.nsIMsgCompFormat.PlainText;
    const opened = new Promise(seen => {
      const observer = window => {
        Services.obs.removeObserver(observer, "domwindowopened");
        seen(until(window, "compose-editor-ready"));
      };
      Services.obs.addObserver(observer, "domwindowopened");
    });
    MailServices.compose.OpenComposeWindowWithParams(null, message);
    const window = await opened;
    const { valetkeyPerson: person } = main();
    person.sent = "";
    window.addEventListener("unload", () => { person.sent = subject; });
    setTimeout(() => window.goDoCommand("cmd_sendNow"), 0);
  },

  // The subject of the message that was sent last: its window has closed.
  async sent() {
    return main().valetkeyPerson.sent;
  },

  async willType(secret) {
    main().valetkeyPerson.types = secret;
  },

  // What stood in the dialogs after the first so many.
  async dialogs(count) {
    return main().valetkeyPerson.read.slice(count);
  },
};

const [name, ...rest] = given;
return deeds[name](...rest);
