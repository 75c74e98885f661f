"""`{{ document.fiscal_year|fiscal }}` writes 「令和8年度」, or `FY2026` on an English screen."""

from django import template

from madoguchi.web.fiscal_years import shown

register = template.Library()
register.filter("fiscal", shown)
