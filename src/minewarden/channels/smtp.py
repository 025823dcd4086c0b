"""Mail over SMTP: plain text in both senses, with a Message-ID that stays the same when it is sent again."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import ClassVar

from minewarden.channels.channel import DeliveryError, Given, Letter, Limit, Receipt, Setting, refused
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

PATIENCE = 15.0
_SECURITY = ("starttls", "tls", "none")


class Smtp:
    """A relay. `security`: starttls (usual, port 587), tls (465), none (a relay of one's own on the intranet, 25)."""

    kind: ClassVar[str] = "smtp"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("host"),
        Setting("port", default="587"),
        Setting("security", default="starttls"),
        Setting("username", required=False),
        Setting("password", required=False, secret=True),
        Setting("sender"),
        Setting("sender_name", required=False),
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit(60, timedelta(minutes=1)),)
    personal: ClassVar[str] = "mail"
    # Mailboxes keep one letter of a Message-ID or show both as one conversation; a mail twice is better than none.
    keyed: ClassVar[bool] = True

    def __init__(self, given: Mapping[str, str]) -> None:
        read = Given.read(self.kind, self.settings, given)
        self._host, self._security = read["host"], read["security"]
        self._username, self._password = read["username"], read["password"]
        self._name, self._sender = read["sender_name"], read["sender"]
        port = read["port"]
        if not (port.isdecimal() and 0 < int(port) < 65536) or self._security not in _SECURITY:
            raise ConfigError(message("channels.smtp_settings"))
        if "@" not in parseaddr(self._sender)[1]:
            raise ConfigError(message("channels.smtp_settings"))
        self._port = int(port)

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Hand it to the relay."""
        mail = self._written(letter, now)
        handed = False
        try:
            with self._connected() as relay:
                # What fails before the relay has the text is tried again; what breaks while it has it is not known.
                handed = True
                relay.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()), (550, b""))[0]
            raise refused("smtp", final=code >= 500, code=code) from error
        except smtplib.SMTPResponseException as error:
            raise refused("smtp", final=error.smtp_code >= 500, code=error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            reason = reason_of(error)
            key = "broken_off" if handed else "no_connection"
            raise DeliveryError(message(f"channels.{key}", reason=reason), unsure=handed) from error
        return Receipt(str(mail["Message-ID"]))

    def _written(self, letter: Letter, now: datetime) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(letter.subject.split())
        mail["From"] = formataddr((self._name, self._sender))
        try:
            mail["To"] = letter.to
        except (ValueError, IndexError) as error:
            raise refused("bad_recipient", final=True) from error
        if "@" not in parseaddr(letter.to)[1]:
            raise refused("bad_recipient", final=True)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{letter.key}@{self._sender.rpartition('@')[2].strip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n\n".join(part for part in (letter.text, letter.link) if part))
        return mail

    def _connected(self) -> smtplib.SMTP:
        if self._security == "tls":
            context = ssl.create_default_context()
            relay: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=PATIENCE, context=context)
        else:
            relay = smtplib.SMTP(self._host, self._port, timeout=PATIENCE)
        try:
            if self._security == "starttls":
                relay.starttls(context=ssl.create_default_context())
            if self._username:
                relay.login(self._username, self._password)
        except Exception:
            with suppress(OSError, smtplib.SMTPException):
                relay.close()
            raise
        return relay
