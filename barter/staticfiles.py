"""Static storage of production: the style files joined into one, then hashed and compressed."""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from kernel.stylesheets import JOINED, PARTS

_COMMENT = re.compile(r"/\*.*?\*/", re.S)


class SiteStorage(CompressedManifestStaticFilesStorage):
    """Hash and compress every file, and add css/site.css, so that a page asks for one style file (UI §8)."""

    joins_css = True

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.urls: dict[str, str] = {}

    def url(self, name, force=False):
        """Where a file is; found once, for a page names its icons forty times and what is collected does not change."""
        if name not in self.urls:
            self.urls[name] = super().url(name, force)
        return self.urls[name]

    def post_process(self, paths, dry_run=False, **options):
        """Write the joined file before hashing; a part that is missing is an error, never a page without style."""
        if not dry_run:
            texts = []
            for name in PARTS:
                storage, path = paths[name]
                with storage.open(path) as part:
                    texts.append(_COMMENT.sub("", part.read().decode()))
            if self.exists(JOINED):
                self.delete(JOINED)
            self.save(JOINED, ContentFile("".join(texts)))
            paths = {**paths, JOINED: (self, JOINED)}
        yield from super().post_process(paths, dry_run=dry_run, **options)
