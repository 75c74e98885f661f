"""Fill `$MADOGUCHI_HOME` with a small part of the sample city, then print the ids of one of everything.

Run as a process of its own: `python -m tests.browser.office`.
"""

import json
import sys
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from madoguchi.people.models import User
    from madoguchi.prompts.models import Trial

DOCUMENTS = [
    "公開/例規/風見市手数料条例.pdf",
    "公開/例規/風見市印鑑条例.docx",
    "公開/ごみ分別/ごみ分別.csv",
    "福祉部/高齢福祉課/相談件数集計.xlsx",
]
# Put in by the journey in the browser.
UPLOADED = "公開/例規/風見市文書管理規則.pdf"
FAQ = """question,variants,answer,audience,department,source_path,source_page,status
住民票の写しの手数料はいくらですか,住民票の料金|住民票を取るのにいくらかかる,住民票の写しの手数料は1通300円です。,public,福祉部/高齢福祉課,公開/例規/風見市手数料条例.pdf,1,released
印鑑登録に必要なものは何ですか,印鑑登録の持ち物,登録する印鑑と、本人確認のできる書類をお持ちください。,public,福祉部/高齢福祉課,公開/例規/風見市印鑑条例.docx,,released
見守り機器の貸与の受付はいつですか,,平日の8時30分から17時15分までです。,staff,福祉部/高齢福祉課,,,draft
"""


def main() -> int:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    json.dump(load(), sys.stdout)
    return 0


def load() -> dict[str, object]:
    from madoguchi import durable
    from madoguchi.answers.ask import answer
    from madoguchi.answers.models import Answer
    from madoguchi.faq.load import load as load_faq
    from madoguchi.faq.models import Entry
    from madoguchi.library.folders import folder_of_path
    from madoguchi.library.models import Document, Folder, Passage
    from madoguchi.library.readings import blocks_as_read
    from madoguchi.library.store import add_file
    from madoguchi.llm.models import Endpoint
    from madoguchi.people.access import scope_of
    from madoguchi.people.models import Classification, Group, User
    from madoguchi.prompts import editing
    from madoguchi.sample_city import load as city

    tenant = city.load_people()
    city.load_folders(tenant)
    Folder.objects.filter(tenant=tenant, name="例規").update(writers=["staff"])
    durable.launch(worker=True)
    for path in DOCUMENTS:
        folder, _, name = path.rpartition("/")
        with city.CITY.joinpath("files").joinpath(path).open("rb") as data:
            add_file(
                tenant,
                folder_of_path(tenant, folder),
                data,
                name,
                title=name.rpartition(".")[0],
                classification=Classification.C1,
                department_name="福祉部 高齢福祉課",
            )
    if not durable.wait(queue="ingest", seconds=180):
        raise SystemExit("ingestion did not end")
    load_faq(tenant, FAQ.encode())
    Endpoint.objects.create(tenant=tenant, name="庁内モデル", provider="openai-compatible", model="m", is_enabled=False)
    clerk = User.objects.get(tenant=tenant, login="tanaka")
    for _event in answer(scope_of(clerk, "internal"), "住民票の写しの手数料はいくらですか"):
        pass
    chat = conversation_of(clerk)
    fees = Document.objects.get(tenant=tenant, title="風見市手数料条例")
    sheet = Document.objects.get(tenant=tenant, title="相談件数集計")
    assert sheet.current
    assert sheet.current
    prompt = editing.create(scope_of(clerk, "internal"), editing.Draft("要約", "", "〔資料〕", "", 2))
    durable.stop()
    return {
        "prompt": str(prompt.pk),
        "trial": str(trial_of(clerk).pk),
        "folder": fees.folder_id,
        "document": str(fees.pk),
        "sheet": str(sheet.pk),
        "table": next(n for n, block in enumerate(blocks_as_read(sheet.current)) if block.kind == "table"),
        "passage": str(Passage.objects.filter(version__document=fees).order_by("ordinal")[0].pk),
        "entry": str(Entry.objects.filter(tenant=tenant, status="released")[0].pk),
        "draft": str(Entry.objects.get(tenant=tenant, status="draft").pk),
        "answer": str(Answer.objects.filter(user=clerk)[0].pk),
        **chat,
        "endpoint": Endpoint.objects.get(tenant=tenant).pk,
        "person": str(clerk.public_id),
        "post": clerk.posts.all()[0].pk,
        "department": clerk.posts.all()[0].department_id,
        "group": Group.objects.filter(tenant=tenant)[0].pk,
        "password": city.PASSWORD,
    }


def trial_of(clerk: "User") -> "Trial":
    """Make a trial whose endpoints answered, broke off and failed."""
    from datetime import timedelta

    from django.utils import timezone

    from madoguchi.prompts.models import Result, Trial

    now, tenant = timezone.now(), clerk.tenant
    trial = Trial.objects.create(
        tenant=tenant,
        user=clerk,
        title="要約",
        text="要約してください。",
        classification=2,
        ended_at=now,
        delete_on=now.date() + timedelta(days=90),
    )

    def result(place: int, state: str, **fields: object) -> None:
        name = f"接続先{place + 1}"
        Result.objects.create(
            tenant=tenant, trial=trial, place=place, endpoint_name=name, model="m", state=state, ms=2345, **fields
        )

    whole = "# 要約\n\n- 手数料は **300円** です。\n\n| 種類 | 金額 |\n|---|---|\n| 写し | 300円 |"
    result(0, "done", text=whole, first_ms=321, tokens_in=12, tokens_out=34, yen="0.1234", masked={"氏名": 2})
    result(1, "broken", text="途中まで", message="90秒で終わらなかったため、止めました。", first_ms=400)
    result(2, "failed", message="接続先のキーが正しくありません。")
    return trial


def conversation_of(clerk: "User") -> dict[str, str]:
    """Make a conversation with two branches, a file, a source and every state of an answer; return its ids."""
    from datetime import timedelta

    from django.utils import timezone

    from madoguchi.chat.models import Attachment, Citation, Conversation, Folder, Share, Turn
    from madoguchi.library.models import Passage

    now, tenant = timezone.now(), clerk.tenant
    folder = Folder.objects.create(tenant=tenant, user=clerk, name="窓口の案内")
    conversation = Conversation.objects.create(
        tenant=tenant,
        user=clerk,
        title="手数料の案内文",
        folder=folder,
        uses_library=True,
        classification=2,
        updated_at=now,
        delete_on=now.date() + timedelta(days=365),
    )
    Share.objects.create(tenant=tenant, conversation=conversation, key="staff")
    made = list[Turn]()

    def turn(parent: Turn | None, role: str, text: str, **fields: object) -> Turn:
        at = now + timedelta(seconds=len(made))
        row = {"tenant": tenant, "conversation": conversation, "parent": parent, "role": role, "text": text, "at": at}
        made.append(Turn.objects.create(**row, **fields))
        return made[-1]

    first = turn(None, "user", "手数料の案内文を書いてください。")
    turn(first, "assistant", "途中まで書", state="broken", model="m")
    written = turn(
        first,
        "assistant",
        "# 案内\n\n住民票の写しは **300円** です[1]。\n\n| 種類 | 金額 |\n|---|---|\n| 写し | 300円 |\n\n1. 申請",
        model="m",
        masked={"氏名": 1},
    )
    passage = Passage.objects.filter(tenant=tenant, version__document__title="風見市手数料条例").order_by("ordinal")[0]
    Citation.objects.create(tenant=tenant, turn=written, n=1, passage=passage)
    second = turn(written, "user", "表だけにしてください。")
    turn(second, "assistant", "", state="failed", note="いま使えるAIがありません。")
    file = Attachment.objects.create(
        tenant=tenant,
        user=clerk,
        turn=first,
        name="手数料.xlsx",
        size=9,
        text="| 種類 | 金額 |\n|---|---|\n| a | 1 |",
        at=now,
    )
    return {"conversation": str(conversation.pk), "question": str(first.pk), "attachment": str(file.pk)}


if __name__ == "__main__":
    raise SystemExit(main())
