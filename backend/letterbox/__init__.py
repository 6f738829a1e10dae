"""The OpenRosa door: phones fetch forms here and leave sealed letters. It can open none of them."""
