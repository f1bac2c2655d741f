"""The words of reports that people write themselves: abbreviations, words that belong together, words that say nothing.

All words are folded. Which abbreviations are in use was taken from reports in the style of the plans' own annexes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_ABBREVIATED: Mapping[str, str] = {
    "app": "ung dung", "attt": "an toan thong tin", "bc": "bao cao", "bdhv": "binh dan hoc vu",
    "bdhvs": "binh dan hoc vu so", "bhyt": "bao hiem y te", "cb": "can bo", "cbccvc": "can bo cong chuc vien chuc",
    "cds": "chuyen doi so", "cks": "chu ky so", "clb": "cau lac bo", "cnscd": "cong nghe so cong dong",
    "cntt": "cong nghe thong tin", "dc": "duoc", "dk": "dang ky", "dn": "doanh nghiep", "dvc": "dich vu cong",
    "dvctt": "dich vu cong truc tuyen", "dvtn": "doan vien thanh nien", "hcc": "hanh chinh cong",
    "hcsn": "hanh chinh su nghiep", "hkd": "ho kinh doanh", "hs": "ho so", "hso": "ho so", "htx": "hop tac xa",
    "ispeed": "i speed", "lk": "luy ke", "mm": "mobile money mm", "ng": "nguoi", "pvhcc": "phuc vu hanh chinh cong",
    "qr": "ma qr", "rq": "ra quan", "shs": "so hoa", "sl": "so luong", "sp": "san pham", "tk": "tai khoan",
    "tkdtm": "thanh toan khong dung tien mat", "tmdt": "thuong mai dien tu", "tn": "thanh nien",
    "tntn": "thanh nien tinh nguyen", "tnv": "tinh nguyen vien", "tthc": "thu tuc hanh chinh",
    "tthcc": "trung tam hanh chinh cong", "ttkdtm": "thanh toan khong dung tien mat",
    "ttpvhcc": "trung tam phuc vu hanh chinh cong", "vn": "viet nam", "vneid": "vneid",
}  # fmt: skip
# "hd" before these is "huong dan".
_GUIDED = frozenset({"", "nguoi", "ba", "dan", "dich", "cai", "dang", "duoc", "nop", "kich"})

_TOGETHER = (
    "an ninh mang", "an sinh", "an sinh xa hoi", "an toan mang", "an toan thong tin", "ba con", "bai dang",
    "bai viet", "ban hang", "bao cao", "bao hiem y te", "binh dan hoc vu", "binh dan hoc vu so", "bo phan mot cua",
    "buoi le", "ca nam", "ca nhan", "ca quy", "cai dat", "can bo", "cau lac bo", "cham nop", "chi doan", "chi tieu",
    "chien dich", "chinh thuc", "chu ky so", "chuong trinh", "chuyen de", "chuyen doi so", "co so", "cong an",
    "cong chuc", "cong dan", "cong nghe so", "cong nghe so cong dong", "cong nghe thong tin", "cong tac",
    "cong trinh", "cung ky", "dang ky", "danh sach", "dau nam", "den nay", "de xuat", "dich vu cong", "dinh danh",
    "dinh danh dien tu", "do thi", "doan vien", "doanh nghiep", "doi hinh", "dong chi", "du kien", "duy tri",
    "gia dinh", "gian hang", "han che", "hanh chinh cong", "hanh chinh su nghiep", "ho dan", "ho kinh doanh",
    "ho ngheo", "ho so", "ho tro", "hoat dong", "hoc sinh", "hoc vien", "hoi nghi", "hoi thao", "hien co", "hoi vien",
    "hom nay", "hom qua", "hop tac xa", "huong dan", "i speed", "ke hoach", "ket noi", "ket qua", "khach hang",
    "khen thuong", "kho khan", "khong dung tien mat", "khong thanh cong", "khuyen khich", "kich hoat", "kien nghi",
    "ky nang", "ky nang ban hang", "ky nang so", "ky sau", "ky truoc", "lam chu", "len san", "lien ket", "lua dao",
    "luy ke", "ma qr", "mo hinh", "mobile money", "muc tieu", "nam nay", "nam ngoai", "nam truoc", "ngan hang",
    "ngan hang dien tu", "ngay hoi", "nguoi dan", "nhan dan", "nhiem vu", "nong cot", "phan dau", "phan viec",
    "pho bien", "pho cap", "phu huynh", "phuc vu", "phuong huong", "ra quan", "san pham", "sang kien", "sap toi",
    "so hoa", "so luong", "so suc khoe", "so voi", "su kien", "tai khoan", "tap huan", "tap the", "ten mien",
    "thang sau", "thang toi", "thang truoc", "thanh cong", "thanh nien", "thanh nien tinh nguyen",
    "thanh nien viet nam", "thanh toan", "thanh vien", "thiet bi", "thoi gian toi", "thu tuc hanh chinh", "thuc hien",
    "thuong mai dien tu", "ti le", "tiep can", "tieu thuong", "tinh nguyen vien", "to chuc", "toan trinh",
    "trang trai", "trao tang", "tri gia", "trong do", "truc tuyen", "trung tam", "truong hop", "truyen thong",
    "tuan nay", "tuan qua", "tuyen sinh", "tuyen truyen", "ty le", "ung dung", "vi dien tu", "vien chuc", "vuong mac",
    "xa hoi", "y te",
)  # fmt: skip
_BY_FIRST: dict[str, list[tuple[str, ...]]] = {}
for _phrase in sorted((tuple(each.split()) for each in _TOGETHER), key=len, reverse=True):
    _BY_FIRST.setdefault(_phrase[0], []).append(_phrase)
_SAME: Mapping[str, str] = {"ban_hang_online": "ban_hang", "thanh_nien_tinh_nguyen": "tinh_nguyen_vien"}

# Words that leave what is counted as it is.
FILLER = frozenset({
    "anh", "bao", "bao_cao", "bi", "ca", "cac", "cai", "can", "cap", "chi", "cho", "co", "cua", "cung", "da", "dang",
    "dat", "de", "den", "den_nay", "di", "do", "doan", "doi", "dua", "duoc", "duy_tri", "em", "gom", "gui", "het",
    "hien", "hien_co", "ket_qua", "kinh", "ky", "la", "lam", "len", "luon", "mo", "nay", "nhu", "nhung", "phuong",
    "roi", "so", "so_lieu", "so_luong", "tao", "tat", "thang", "the", "theo", "thi", "thuc_hien", "ti_le", "to_chuc",
    "toan", "tong", "trong", "tu", "ty_le", "va", "vao", "ve", "voi", "vua", "xa", "xin", "xong",
})  # fmt: skip
# Words that are usual around anything a team counts: they may stand beside any name, but a name may ask for them.
SOFT = frozenset({
    "ba_con", "ban", "bo", "cong_dan", "cong_tac", "dan", "doi_hinh", "dong_chi", "giup", "giup_do", "ho_tro",
    "huong_dan", "nguoi", "nguoi_dan", "nhan_dan",
})  # fmt: skip
# Said at the end of a sentence.
COURTESY = frozenset({"a", "nha", "nhe", "roi"})
# A line with one of these is the title of a report.
TITLES = frozenset({"bao_cao", "doi_hinh", "ket_qua", "kinh"})
# Behind a number, what follows these says only where.
PLACE = frozenset({"tai", "o", "tren"})
# Words of headings that may stand above anything.
GENERAL = frozenset({
    "chuyen_doi_so", "cong_dong", "cong_nghe_so", "dich_vu_cong", "doan_vien", "doi_hinh", "hanh_chinh_cong",
    "hoat_dong", "tap_huan", "thanh_nien", "thu_tuc_hanh_chinh", "tinh_nguyen_vien", "truc_tuyen", "tuyen_truyen",
})  # fmt: skip
# Words that turn a name into its contrary or into something else: nothing is read beside them.
CONTRARY = frozenset({
    "bi_loi", "chua", "huy", "khong", "khong_thanh_cong", "ko", "loi", "muc1", "that", "thieu", "ton", "treo",
    "tu_choi",
})  # fmt: skip
# A number beside these is another one than that of the period.
ELSEWHEN = frozenset({
    "ca_nam", "ca_quy", "chi_tieu", "cung_ky", "de_xuat", "du_kien", "han_che", "ke_hoach", "kho_khan", "kien_nghi",
    "ky_sau", "ky_truoc", "dau_nam", "luy_ke", "muc_tieu", "nam_nay", "nam_ngoai", "nam_truoc", "nhiem_vu",
    "phan_dau", "phuong_huong", "sap_toi", "so_voi", "thang_sau", "thang_toi", "thang_truoc", "thoi_gian_toi",
    "truoc", "vuong_mac",
})  # fmt: skip
# A part of the period or one occasion of it: what stands beside or below is no number of the whole period.
PART = frozenset({
    "<day>", "<long>", "<part>", "<week>", "buoi_le", "chi_doan", "chien_dich", "chieu", "dot", "hoi_nghi", "hom_nay",
    "hom_qua", "ngay_hoi", "rieng", "sang", "su_kien", "toi", "trong_do", "tuan_nay", "tuan_qua",
})  # fmt: skip

_MARKS = re.compile(r"[\u0300-\u036f]")
_PLAIN = str.maketrans({"\u0111": "d", "\u0110": "d"} | {0xFF10 + digit: str(digit) for digit in range(10)})
_SYLLABLE = re.compile(r"[a-z]+[0-9]*(?:\.[a-z]+)?|<[a-z]+>|[0-9]+[a-z]+")


def flat(text: str) -> str:
    """A clean text in small letters without marks. Much faster than `fold`, which also cleans."""
    low = text.lower() if text.isascii() else unicodedata.normalize("NFD", text).translate(_PLAIN).lower()
    return _MARKS.sub("", low)


def words(text: str) -> tuple[str, ...]:
    """The words of a clean text, flat: abbreviations written out, words that belong together joined by `_`."""
    return words_of_flat(flat(text))


def words_of_flat(low: str) -> tuple[str, ...]:
    """The words of a text that is flat already."""
    return tuple(_joined(list(_written_out(_SYLLABLE.findall(low.replace("d/c", " dong chi "))))))


def _written_out(syllables: Sequence[str]) -> Iterator[str]:
    for place, syllable in enumerate(syllables):
        following = syllables[place + 1] if place + 1 < len(syllables) else ""
        whole = _ABBREVIATED.get(syllable, syllable)
        if syllable == "hd":
            first = _ABBREVIATED.get(following, following).partition(" ")[0]
            whole = "huong dan" if first in _GUIDED else syllable
        if syllable == "tc" and place and syllables[place - 1] in ("nop", "hs", "so"):
            whole = "thanh cong"
        if syllable == "ma" and following == "qr":
            continue
        yield from whole.split()


def _joined(syllables: list[str]) -> Iterator[str]:
    place = 0
    while place < len(syllables):
        phrase = next(
            (
                each
                for each in _BY_FIRST.get(syllables[place], ())
                if tuple(syllables[place : place + len(each)]) == each
            ),
            (syllables[place],),
        )
        joined = "_".join(phrase)
        yield _SAME.get(joined, joined)
        place += len(phrase)
