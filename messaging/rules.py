"""Words of messages, quiet hours, how often somebody may be told, and what a provider's answer means in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from baibuting.common.days import SHANGHAI
from messaging.choices import SMS_KINDS, ChannelKind, Matter, Outcome, Way

QUIET_FROM, QUIET_UNTIL = time(21, 0), time(7, 0)
# Between two messages to one person by one way: what comes in between waits and is one message.
GAP = timedelta(minutes=30)
URGENT_GAP = timedelta(minutes=1)
SENT_AN_HOUR = 8  # messages to one person by one way, urgent ones too
STALE = timedelta(days=1)  # what is older is in the portal and is not sent any more
PAUSE = timedelta(minutes=10)  # after a provider said that messages come too fast
LAST_OF_CHANNEL = 5  # attempts in a row without one taken: the channel is out of order

KEEPS_CADRES = "cadres.cadre"  # whoever may write these rows sets up how they are reached
# By which ways somebody is told who has chosen nothing. E-mails of notices and digests are sent as ever, by themselves.
DEFAULT_WAYS: Mapping[str, tuple[Way, ...]] = {
    Matter.INCIDENT: (Way.WECOM, Way.DINGTALK, Way.FEISHU, Way.SMS, Way.EMAIL),
    Matter.NOTICE: (Way.WECOM, Way.DINGTALK, Way.FEISHU),
    Matter.DIGEST: (),
}
# E-mail can be chosen for incidents alone: for the others there is the mail that the portal sends anyway.
CHOOSABLE: Mapping[str, tuple[Way, ...]] = {
    Matter.INCIDENT: tuple(Way),
    Matter.NOTICE: (Way.WECOM, Way.DINGTALK, Way.FEISHU, Way.SMS),
    Matter.DIGEST: (Way.WECOM, Way.DINGTALK, Way.FEISHU, Way.SMS),
}
COUNTED: Mapping[str, str] = {
    Matter.INCIDENT: "件必到事件",
    Matter.NOTICE: "条知会",
    Matter.DIGEST: "份今日提要",
}
# What a provider of text messages is asked to approve: it takes the number of matters and no link.
SMS_TEXT = "您有{}件事项，请打开百步亭网格查看。"


def way_of(kind: str) -> Way:
    """Return the way that a kind of channel is."""
    return Way.SMS if kind in SMS_KINDS else Way(kind)


def message_text(counts: Mapping[str, int], at: datetime, url: str) -> str:
    """Return the words of a message: how many of what, and where. Never a name, a category or a place.

    The time of day stands in it because some platforms send the same words to a person only once a day.
    """
    what = "、".join(f"{counts[matter]} {COUNTED[matter]}" for matter in Matter if counts.get(matter))
    where = f"请打开网格 {url}/m/" if url else "请打开网格"
    return f"百步亭网格 {at.astimezone(SHANGHAI):%H:%M}：有 {what}，{where}"


def quiet_end(at: datetime, quiet_from: time, quiet_until: time) -> datetime | None:
    """Return when the quiet hours around a moment end; None where it lies outside them, or there are none."""
    if quiet_from == quiet_until:
        return None
    local = at.astimezone(SHANGHAI)
    clock = local.time()
    over_midnight = quiet_from > quiet_until
    inside = (
        clock >= quiet_from or clock < quiet_until if over_midnight else quiet_from <= clock < quiet_until
    )
    if not inside:
        return None
    ends = local.replace(
        hour=quiet_until.hour, minute=quiet_until.minute, second=quiet_until.second, microsecond=0
    )
    return ends if ends > local else ends + timedelta(days=1)


# What the codes mean that offices meet when they set a channel up, and what to do.
_SAID: Mapping[str, Mapping[str, str]] = {
    ChannelKind.WECOM: {
        "40001": "应用的 Secret 不对，请在企业微信管理后台重新复制。",
        "40013": "企业 ID 不对，请在“我的企业”页面最下面复制。",
        "40056": "AgentId 不对，请在应用的页面上复制。",
        "60020": "本服务器的 IP 不在可信名单里，请在应用的“企业可信IP”里加上。",
        "301002": "AgentId 和 Secret 不是同一个应用的，请重新核对。",
        "81013": "企业微信里没有这个账号，或者他不在应用的可见范围内。",
        "60111": "企业微信里没有这个账号，请核对通讯录里的“账号”。",
        "invaliduser": "企业微信里没有这个账号，或者他不在应用的可见范围内。",
        "45009": "发送太快，企业微信要求稍后再发。",
    },
    ChannelKind.DINGTALK: {
        "40089": "AppKey 或 AppSecret 不对，请在钉钉开放平台重新复制。",
        "40096": "AppKey 或 AppSecret 不对，请在钉钉开放平台重新复制。",
        "33012": "钉钉里没有这个 UserID，请在钉钉管理后台的通讯录里核对。",
        "60011": "应用没有发工作通知的权限，请在钉钉开放平台申请。",
        "90018": "发送太快，钉钉要求稍后再发。",
    },
    ChannelKind.FEISHU: {
        "10003": "App ID 不对，请在飞书开放平台重新复制。",
        "10014": "App Secret 不对，请在飞书开放平台重新复制。",
        "230006": "应用没有开启机器人能力，请在飞书开放平台添加后发布。",
        "230013": "这个人不在应用的可用范围内，请在飞书开放平台扩大范围后发布。",
        "99991672": "应用没有发消息的权限，请在飞书开放平台申请后发布。",
        "99992351": "飞书里没有这个用户 ID，请在飞书管理后台核对。",
        "99991400": "发送太快，飞书要求稍后再发。",
    },
    ChannelKind.ALIYUN: {
        "InvalidAccessKeyId.NotFound": "AccessKey ID 不对，请在阿里云控制台核对。",
        "SignatureDoesNotMatch": "AccessKey Secret 不对，请在阿里云控制台重新复制。",
        "isv.SMS_SIGNATURE_ILLEGAL": "短信签名不对或还没有通过审核。",
        "isv.SMS_TEMPLATE_ILLEGAL": "短信模板不对或还没有通过审核。",
        "isv.MOBILE_NUMBER_ILLEGAL": "手机号不对，请核对。",
        "isv.BUSINESS_LIMIT_CONTROL": "这个号码收得太多，阿里云要求稍后再发。",
        "isv.AMOUNT_NOT_ENOUGH": "阿里云账户余额不足，请充值。",
        "isv.OUT_OF_SERVICE": "阿里云账户已停用，请充值或联系阿里云。",
        "Throttling.User": "发送太快，阿里云要求稍后再发。",
    },
    ChannelKind.TENCENT: {
        "AuthFailure.SecretIdNotFound": "SecretId 不对，请在腾讯云控制台核对。",
        "AuthFailure.SignatureFailure": "SecretKey 不对，请在腾讯云控制台重新复制。",
        "FailedOperation.SignatureIncorrectOrUnapproved": "短信签名不对或还没有通过审核。",
        "FailedOperation.TemplateIncorrectOrUnapproved": "短信模板不对或还没有通过审核。",
        "FailedOperation.InsufficientBalanceInSmsPackage": "腾讯云短信套餐已用完，请购买。",
        "InvalidParameterValue.IncorrectPhoneNumber": "手机号不对，请核对。",
        "LimitExceeded.PhoneNumberDailyLimit": "这个号码今天收得太多，腾讯云要求明天再发。",
        "LimitExceeded.PhoneNumberThirtySecondLimit": "这个号码收得太快，腾讯云要求稍后再发。",
        "RequestLimitExceeded": "发送太快，腾讯云要求稍后再发。",
    },
    ChannelKind.EMAIL: {
        "SMTPRecipientsRefused": "邮件服务器不认识这个邮箱，请核对。",
        "SMTPAuthenticationError": "邮件服务器的用户名或密码不对，请负责服务器的人核对 EMAIL_URL。",
        "ConnectionRefusedError": "连不上邮件服务器，请负责服务器的人核对 EMAIL_URL。",
        "TimeoutError": "邮件服务器没有及时回应，请稍后再试。",
    },
}
_WIRE: Mapping[str, str] = {
    "slow": "对方没有及时回应，请稍后再试。",
    "refused": "连不上对方的服务器，请负责服务器的人看看这台服务器能不能上外网。",
    "unknown_host": "找不到对方的域名，请负责服务器的人看看这台服务器能不能上外网。",
    "broken": "连接中断，请稍后再试。",
    "nonsense": "对方的回答看不懂，请稍后再试；一直这样请联系系统管理员。",
    "unset": "设置还没有填全，请先填写并保存。",
}
_PLAIN: Mapping[str, str] = {
    Outcome.BEGUN: "没有等到结果。",
    Outcome.REFUSED: "不能送达这个人，请核对他的账号。",
    Outcome.LATER: "这个人暂时不能再收，稍后再试。",
    Outcome.LIMITED: "发送太快，稍后会再试。",
    Outcome.FAILED: "没有接收，请核对设置。",
}


def answer_sentence(kind: str, outcome: str, code: str) -> str:
    """Return a provider's answer as a sentence that says what to do, with the provider's own code."""
    label = ChannelKind(kind).label
    if outcome == Outcome.ACCEPTED:
        return f"{label}已接收。"
    said = _SAID.get(kind, {}).get(code) or _WIRE.get(code)
    if said is None:
        said = (
            f"对方的服务器出错（{code[5:]}），请稍后再试。" if code.startswith("http_") else _PLAIN[outcome]
        )
    shown = f"（代码 {code}）" if code and code not in _WIRE and not code.startswith("http_") else ""
    return f"{label}：{said}{shown}"
