from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "madoguchi.search"
    label = "search"

    def ready(self) -> None:
        from madoguchi.library import events, upkeep
        from madoguchi.search import gaps, indexing, rebuild, saved, switching

        events.passages_ready.connect(indexing.passages_ready, dispatch_uid="search")
        events.access_changed.connect(indexing.access_changed, dispatch_uid="search")
        events.document_removed.connect(indexing.document_removed, dispatch_uid="search")
        upkeep.register(rebuild.renew)
        upkeep.register(indexing.embed_unfinished)
        upkeep.register(switching.continue_unfinished)
        upkeep.register(switching.forget_left)
        upkeep.register(saved.look)
        upkeep.register(gaps.forget)
