"""``python -m docs.generate``: renew what is made from the code. A test says when to do it."""

from docs.generate.pages import current

for page, text in current().items():
    page.write_text(text, encoding="utf-8")
