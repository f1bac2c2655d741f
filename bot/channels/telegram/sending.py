"""Files on their way to Telegram: uploaded once, named by Telegram's own handle from then on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from telegram import Bot, InputMediaDocument, InputMediaPhoto, Message
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.http import failure_of
from models.messages import Document
from models.rules.delivery import SendFailed

PHOTO_LIMIT = 10_000_000  # bytes, Bot API sendPhoto; a larger one goes as a file
ALBUM = 10  # of photos or of files in one, Bot API sendMediaGroup
MOST_KNOWN = 1000  # handles kept in mind
TRIES = 3
PATIENCE = 30.0  # seconds that the rest of a message is waited with
SHA256 = 64  # letters

Media = str | bytes
Call = Callable[[], Awaitable[Any]]


class Files:
    """Sends files: photos together as albums, other files together as well.

    A file is called by the hash of what is in it, so its handle is good for everybody it goes to; one that was made
    for a single person is called otherwise and uploaded each time.
    """

    def __init__(self, bot: Bot, data_dir: Path) -> None:
        self._bot, self._data_dir = bot, data_dir
        self._known: dict[str, str] = {}
        self._uploading = asyncio.Lock()

    async def calls(self, address: str, documents: Sequence[Document], *, paid: bool) -> list[Call]:
        """What has to be called one after the other to send them."""
        if not documents:
            return []
        albums = await asyncio.to_thread(self._albums, documents)
        return [partial(self._send, address, as_photos, album, paid=paid) for as_photos, album in albums]

    def _albums(self, documents: Sequence[Document]) -> list[tuple[bool, Sequence[Document]]]:
        photos = [each for each in documents if self._is_photo(each)]
        others = [each for each in documents if each not in photos]
        return [(True, album) for album in _parts(photos)] + [(False, album) for album in _parts(others)]

    def _is_photo(self, document: Document) -> bool:
        is_picture = document.mime.startswith("image/")
        return is_picture and (self._data_dir / document.path).stat().st_size <= PHOTO_LIMIT

    async def _send(self, address: str, as_photos: bool, album: Sequence[Document], *, paid: bool) -> None:
        to_upload = [each for each in album if _is_lasting(each) and each.path not in self._known]
        if not to_upload:
            return await self._post(address, as_photos, album, paid)
        async with self._uploading:  # whoever comes meanwhile sends by the handle that this one brings back
            await self._post(address, as_photos, album, paid)

    async def _post(self, address: str, as_photos: bool, album: Sequence[Document], paid: bool) -> None:
        media = [await self._media(each) for each in album]
        try:
            sent = await self._call(address, as_photos, album, media, paid)
        except BadRequest as error:
            if "file identifier" not in error.message.lower() or not any(isinstance(each, str) for each in media):
                raise
            for each in album:  # Telegram has forgotten them: uploaded again
                self._known.pop(each.path, None)
            media = [await self._media(each) for each in album]
            sent = await self._call(address, as_photos, album, media, paid)
        self._remember(album, sent)

    async def _media(self, document: Document) -> Media:
        if document.path in self._known:
            return self._known[document.path]
        return await asyncio.to_thread((self._data_dir / document.path).read_bytes)

    async def _call(
        self, address: str, as_photos: bool, album: Sequence[Document], media: Sequence[Media], paid: bool
    ) -> Sequence[Message]:
        allow = paid or None
        names = [each.name for each in album]
        if len(album) > 1:
            kind = InputMediaPhoto if as_photos else InputMediaDocument
            inputs = [kind(each, filename=name) for each, name in zip(media, names, strict=True)]
            return await self._bot.send_media_group(address, inputs, allow_paid_broadcast=allow)
        if as_photos:
            return [await self._bot.send_photo(address, media[0], filename=names[0], allow_paid_broadcast=allow)]
        return [await self._bot.send_document(address, media[0], filename=names[0], allow_paid_broadcast=allow)]

    def _remember(self, album: Sequence[Document], sent: Sequence[Message]) -> None:
        for document, message in zip(album, sent, strict=False):
            handle = message.photo[-1] if message.photo else message.document
            if handle is not None and _is_lasting(document):
                self._known[document.path] = handle.file_id
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]


async def in_turn(calls: Sequence[Call]) -> Any:
    """The calls that one message takes; returns what the last one brings.

    Once the first is through, a pause that is asked for is made here: the whole message would arrive twice otherwise.
    Raises SendFailed `unknown` when its end cannot be sent, whatever the reason: sent again, it would bring the same
    files once more.
    """
    result: Any = None
    for number, call in enumerate(calls):
        result = await (_patiently(call) if number else call())
    return result


async def _patiently(call: Call) -> Any:
    for _ in range(TRIES):
        try:
            return await call()
        except TelegramError as error:
            failure = failure_of(error)
            if failure.kind != "later" or failure.retry_after > PATIENCE:
                raise _cut_off(failure) from error
            await asyncio.sleep(failure.retry_after or 1.0)
    raise SendFailed("unknown", "cut off")


def _cut_off(failure: SendFailed) -> SendFailed:
    return SendFailed("unknown", f"cut off: {failure.reason}", gone=failure.gone)


def _is_lasting(document: Document) -> bool:
    return len(Path(document.path).stem) == SHA256


def _parts(documents: Sequence[Document]) -> Iterator[Sequence[Document]]:
    for start in range(0, len(documents), ALBUM):
        yield documents[start : start + ALBUM]
