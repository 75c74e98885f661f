from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "madoguchi.library"
    label = "library"

    def ready(self) -> None:
        from madoguchi import durable
        from madoguchi.library import access, describing, upkeep
        from madoguchi.llm import events as llm_events
        from madoguchi.people.access import register_keyring

        register_keyring(access.keyring)
        upkeep.register(describing.continue_unfinished)
        llm_events.picture_rule_changed.connect(describing.picture_rule_changed, dispatch_uid="library")
        # Importing it has also made the workflows known, by name, to whoever takes up the work.
        durable.at_launch(upkeep.run)
